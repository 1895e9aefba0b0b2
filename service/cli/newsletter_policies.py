"""The options that say what a newsletter does when things are not as usual."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

import typer

from service.cli.newsletter_options import parse_time
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters.limits import ThinEditions
from service.newsletters.missed_slots import MissedSlots

MISSED = typer.Option(
    None,
    "--missed",
    help="A missed slot is sent late, merged (merge) into the next edition, or skipped (skip).",
)
LATE_HOURS = typer.Option(
    None,
    "--late-hours",
    min=0,
    help="How late a missed slot is sent; 0 means as long as the news is valid.",
)

APPROVAL = typer.Option(
    None,
    "--needs-approval/--no-approval",
    help="An edition that is not approved when its slot comes is held; or goes out.",
)
SECOND_EDITOR = typer.Option(
    None,
    "--second-editor/--no-second-editor",
    help="The last editor of an edition cannot approve it; or can.",
)
QUIET = typer.Option(
    None,
    "--quiet",
    help="No delivery of an edition begins between these times: 22:00-06:00. Empty ends that.",
)
LEAST_PER_SECTION = typer.Option(
    None, "--least-per-section", help="A section with fewer articles waits for the next edition."
)
MOST_ARTICLES = typer.Option(
    None, "--most-articles", min=0, help="Articles of an edition at most; 0 means no limit."
)
LEAST_ARTICLES = typer.Option(
    None, "--least-articles", help="An edition with fewer articles is thin."
)
THIN = typer.Option(
    None,
    "--thin",
    help="A thin edition is merged (merge) into the next one, or skipped (skip).",
)


def policy_changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a draft that the options among a command's local names change.

    Raises:
        Invalid: a word or a number is none that a newsletter may have.
    """
    changes: dict[str, Any] = {}
    if given["missed"] is not None:
        changes["missed_slots"] = _missed_slots(given["missed"])
    if given["late_hours"] is not None:
        changes["late_within"] = _late_within(given["late_hours"])
    for name in ("needs_approval", "needs_second_editor"):
        if given[name] is not None:
            changes[name] = given[name]
    if given["quiet"] is not None:
        changes["quiet_from"], changes["quiet_to"] = _quiet_hours(given["quiet"])
    if given["thin"] is not None:
        changes["thin_editions"] = _thin_editions(given["thin"])
    if given["most_articles"] is not None:
        changes["most_articles"] = given["most_articles"] or None
    numbers = {name: given[name] for name in ("least_per_section", "least_articles")}
    return changes | {name: number for name, number in numbers.items() if number is not None}


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
