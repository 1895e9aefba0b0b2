"""The options that say what a newsletter does when things are not as usual."""

from datetime import time, timedelta
from typing import Annotated, Any

import typer

from service.cli.newsletter_options import parse_time
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters.limits import ThinEditions
from service.newsletters.missed_slots import MissedSlots


def policy_changes(
    *,
    quiet: Annotated[
        str | None,
        typer.Option(
            help="No delivery of an edition begins between these times: 22:00-06:00. Empty ends "
            "that."
        ),
    ] = None,
    missed: Annotated[
        str | None,
        typer.Option(
            help="A missed slot is sent late, merged (merge) into the next edition, or skipped "
            "(skip)."
        ),
    ] = None,
    late_hours: Annotated[
        float | None,
        typer.Option(
            min=0, help="How late a missed slot is sent; 0 means as long as the news is valid."
        ),
    ] = None,
    needs_approval: Annotated[
        bool | None,
        typer.Option(
            "--needs-approval/--no-approval",
            help="An edition that is not approved when its slot comes is held; or goes out.",
        ),
    ] = None,
    needs_second_editor: Annotated[
        bool | None,
        typer.Option(
            "--second-editor/--no-second-editor",
            help="The last editor of an edition cannot approve it; or can.",
        ),
    ] = None,
    measures_opens: Annotated[
        bool | None,
        typer.Option(
            "--measure-opens/--no-opens",
            help="Subject tests may count opens (the law may require that readers consent); or "
            "not.",
        ),
    ] = None,
    least_per_section: Annotated[
        int | None,
        typer.Option(help="A section with fewer articles waits for the next edition."),
    ] = None,
    most_articles: Annotated[
        int | None,
        typer.Option(min=0, help="Articles of an edition at most; 0 means no limit."),
    ] = None,
    least_articles: Annotated[
        int | None, typer.Option(help="An edition with fewer articles is thin.")
    ] = None,
    thin: Annotated[
        str | None,
        typer.Option(help="A thin edition is merged (merge) into the next one, or skipped (skip)."),
    ] = None,
) -> dict[str, Any]:
    """Return the fields of a draft that the options change.

    Raises:
        Invalid: a word or a number is none that a newsletter may have.
    """
    changes: dict[str, Any] = {}
    if missed is not None:
        changes["missed_slots"] = _missed_slots(missed)
    if late_hours is not None:
        changes["late_within"] = _late_within(late_hours)
    if quiet is not None:
        changes["quiet_from"], changes["quiet_to"] = _quiet_hours(quiet)
    if thin is not None:
        changes["thin_editions"] = _thin_editions(thin)
    if most_articles is not None:
        changes["most_articles"] = most_articles or None
    direct = {
        "needs_approval": needs_approval,
        "needs_second_editor": needs_second_editor,
        "measures_opens": measures_opens,
        "least_per_section": least_per_section,
        "least_articles": least_articles,
    }
    return changes | {name: value for name, value in direct.items() if value is not None}


def _quiet_hours(text: str) -> tuple[time | None, time | None]:
    if not text.strip():
        return None, None
    start, dash, end = text.partition("-")
    if not dash:
        raise Invalid("--quiet takes two times: write it like 22:00-06:00.")
    return parse_time(start), parse_time(end)


def _thin_editions(text: str) -> ThinEditions:
    try:
        return ThinEditions(text.strip().lower())
    except ValueError:
        raise Invalid("--thin is one of merge, skip.") from None


def _missed_slots(text: str) -> MissedSlots:
    try:
        return MissedSlots(text.strip().lower())
    except ValueError:
        raise Invalid("--missed is one of late, merge, skip.") from None


def _late_within(hours: float) -> timedelta | None:
    try:
        return timedelta(hours=hours) or None
    except (ValueError, OverflowError):
        raise Invalid(translatable("newsletter.draft.late_within")) from None
