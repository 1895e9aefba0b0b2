"""Whom we do not write to: the list by reason, provider and date, and undoing a bad day."""

from datetime import UTC, datetime
from itertools import chain, islice
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response

from service.audience import suppress
from service.audience.suppress import SuppressionFilter
from service.web.console.auth import ReadersPermission, ViewPermission
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
HERE = "/console/suppressions"
REASONS = (suppress.HARD_BOUNCE, suppress.SOFT_BOUNCES, "complaint", "operator")
_SHOWN = 50
_PARTS = 50
"""A page looks through so many thousands, the latest: whoever lifts more names a time."""


@router.get("/suppressions")
def show_suppressions(
    console: ViewPermission, reason: str = "", provider: str = "", since: str = "", until: str = ""
) -> Response:
    """List suppressions, the latest first, and offer to lift those that are selected."""
    typed = {"reason": reason, "provider": provider, "since": since, "until": until}
    selection = _selection(console, typed)
    found = suppress.iter_suppressions(
        console.session, selection, provider_of=console.running.pacing_rules.provider_of
    )
    looked_through = islice(found, _PARTS)
    shown = list(islice(chain.from_iterable(looked_through), _SHOWN + 1))
    return console.page(
        "suppressions",
        typed=typed,
        reasons=REASONS,
        shown=shown[:_SHOWN],
        is_more=len(shown) > _SHOWN,
        may_lift=bool(shown) and _is_narrow(selection),
        zone=console.running.settings.publication_time_zone,
    )


@router.post("/suppressions/ask")
def show_lift_suppressions(console: ReadersPermission, typed: PostedForm) -> Response:
    """Count who would be written to again, and ask before it is done."""
    values = _typed(typed)
    selection = _selection(console, values)
    problem = _problem(values, selection)
    if problem is not None:
        return console.back_to(HERE, problem, tone="bad")
    found = suppress.iter_suppressions(
        console.session, selection, provider_of=console.running.pacing_rules.provider_of
    )
    return console.page("suppressions_lift", typed=values, count=sum(len(some) for some in found))


@router.post("/suppressions/lift")
def lift_suppressions(console: ReadersPermission, typed: PostedForm) -> Response:
    """Allow writing again to all that are selected."""
    values = _typed(typed)
    selection = _selection(console, values)
    problem = _problem(values, selection)
    if problem is not None:
        return console.back_to(HERE, problem, tone="bad")
    count = suppress.lift_matching(
        console.session, selection, provider_of=console.running.pacing_rules.provider_of
    )
    console.record("suppression.lifted_many", **selection.facts, readers=count)
    return console.back_to(HERE, "console.suppressions.lifted", count=count)


def _typed(typed: PostedForm) -> dict[str, str]:
    return {name: typed.text(name) for name in ("reason", "provider", "since", "until")}


def _selection(console: ConsoleRequest, typed: dict[str, str]) -> SuppressionFilter:
    """Read what was typed leniently: a time that is none selects as if it were not there."""
    reason = typed["reason"]
    return SuppressionFilter(
        reasons=frozenset({reason} if reason in REASONS else suppress.BOUNCES),
        since=_moment(console, typed["since"]),
        until=_moment(console, typed["until"]),
        provider=typed["provider"].strip().lower() or None,
    )


def _problem(typed: dict[str, str], selection: SuppressionFilter) -> str | None:
    """Return the key of a sentence that says why nothing is lifted.

    A time that was not understood would let a day's undoing undo everything.
    """
    times = (("since", selection.since), ("until", selection.until))
    if any(typed[name] and moment is None for name, moment in times):
        return "console.suppressions.no_time"
    return None if _is_narrow(selection) else "console.suppressions.too_wide"


def _is_narrow(selection: SuppressionFilter) -> bool:
    return bool(selection.provider or selection.since or selection.until)


def _moment(console: ConsoleRequest, text: str) -> datetime | None:
    """Read a form's date and time, which is the publication's."""
    zone = ZoneInfo(console.running.settings.publication_time_zone)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
