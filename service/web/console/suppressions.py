"""Whom we do not write to: the list by reason, provider and date, and undoing a bad day."""

from datetime import UTC, datetime
from itertools import chain, islice
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import Response

from service.audience import suppress
from service.audience.suppress import SuppressionFilter
from service.web.console.auth import ReadersPermission, ViewPermission
from service.web.console.form_model import FormModel
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
HERE = "/console/suppressions"
REASONS = (suppress.HARD_BOUNCE, suppress.SOFT_BOUNCES, "complaint", "operator")
_SHOWN = 50
_PARTS = 50
"""A page looks through so many thousands, the latest: to lift more, name a time."""


class SuppressionForm(FormModel):
    """Which suppressions: in a query as in a form. A text that selects nothing is ignored."""

    reason: str = ""
    provider: str = ""
    since: str = ""
    until: str = ""

    def to_filter(self, zone: ZoneInfo) -> SuppressionFilter:
        """Return what is selected; times without an offset are those of `zone`."""
        return SuppressionFilter(
            reasons=frozenset({self.reason} if self.reason in REASONS else suppress.BOUNCES),
            since=parse_local_time(self.since, zone),
            until=parse_local_time(self.until, zone),
            provider=self.provider.strip().lower() or None,
        )

    def problem(self, zone: ZoneInfo) -> str | None:
        """Return the key of a message that says why nothing is lifted.

        A time that was not understood would let a day's undoing undo everything.
        """
        chosen = self.to_filter(zone)
        if (self.since and chosen.since is None) or (self.until and chosen.until is None):
            return "console.suppressions.no_time"
        return None if _is_narrow(chosen) else "console.suppressions.too_wide"


def parse_local_time(text: str, zone: ZoneInfo) -> datetime | None:
    """Read an ISO date and time, in `zone` unless it has an offset; None when it is no time."""
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@router.get("/suppressions")
def show_suppressions(
    console: ViewPermission, form: Annotated[SuppressionForm, Query()]
) -> Response:
    """List suppressions, the latest first, and offer to lift those that are selected."""
    selection = form.to_filter(_zone(console))
    found = suppress.iter_suppressions(
        console.session, selection, provider_of=console.running.pacing_rules.provider_of
    )
    looked_through = islice(found, _PARTS)
    shown = list(islice(chain.from_iterable(looked_through), _SHOWN + 1))
    return console.page(
        "suppressions",
        typed=form.model_dump(),
        reasons=REASONS,
        shown=shown[:_SHOWN],
        is_more=len(shown) > _SHOWN,
        may_lift=bool(shown) and _is_narrow(selection),
        zone=console.running.settings.publication_time_zone,
    )


@router.post("/suppressions/ask")
def show_lift_suppressions(console: ReadersPermission, typed: PostedForm) -> Response:
    """Count who would be written to again, and ask before it is done."""
    form = SuppressionForm.parse(typed)
    problem = form.problem(_zone(console))
    if problem is not None:
        return console.redirect(HERE, problem, tone="bad")
    found = suppress.iter_suppressions(
        console.session,
        form.to_filter(_zone(console)),
        provider_of=console.running.pacing_rules.provider_of,
    )
    return console.page(
        "suppressions_lift", typed=form.model_dump(), count=sum(len(batch) for batch in found)
    )


@router.post("/suppressions/lift")
def lift_suppressions(console: ReadersPermission, typed: PostedForm) -> Response:
    """Allow writing again to all that are selected."""
    form = SuppressionForm.parse(typed)
    problem = form.problem(_zone(console))
    if problem is not None:
        return console.redirect(HERE, problem, tone="bad")
    selection = form.to_filter(_zone(console))
    count = suppress.lift_matching(
        console.session, selection, provider_of=console.running.pacing_rules.provider_of
    )
    console.record("suppression.lifted_many", **selection.facts, readers=count)
    return console.redirect(HERE, "console.suppressions.lifted", count=count)


def _is_narrow(selection: SuppressionFilter) -> bool:
    return bool(selection.provider or selection.since or selection.until)


def _zone(console: ConsoleRequest) -> ZoneInfo:
    return ZoneInfo(console.running.settings.publication_time_zone)
