"""Pure: the form's fields that say what an edition does when things are not as usual."""

from datetime import time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters.draft import NewsletterDraft
from service.newsletters.limits import ThinEditions
from service.newsletters.missed_slots import MissedSlots
from service.web.console.newsletter_alerts import AlertForm, alerts_from_draft, parse_alerts
from service.web.console.schedule_picker import parse_time

_MAX_HOURS = 100_000
_Word = TypeVar("_Word", bound=StrEnum)


class PolicyForm(AlertForm):
    """The fields as text, exactly as they are shown."""

    least_per_section: str = "1"
    # Empty: no limit but the sections'.
    most_articles: str = ""
    least_articles: str = "1"
    thin_editions: str = ThinEditions.MERGE.value
    # Both empty: at any time.
    quiet_from: str = ""
    quiet_to: str = ""
    missed_slots: str = MissedSlots.LATE.value
    # Empty: as long as the news is valid.
    late_hours: str = ""
    # Ticked or not.
    needs_approval: str = ""
    needs_second_editor: str = ""
    measures_opens: str = ""


def policies_from_draft(draft: NewsletterDraft) -> dict[str, Any]:
    """Return the values of the fields for a stored newsletter."""
    return {
        "least_per_section": str(draft.least_per_section),
        "most_articles": str(draft.most_articles or ""),
        "least_articles": str(draft.least_articles),
        "thin_editions": draft.thin_editions.value,
        "quiet_from": f"{draft.quiet_from:%H:%M}" if draft.quiet_from else "",
        "quiet_to": f"{draft.quiet_to:%H:%M}" if draft.quiet_to else "",
        "missed_slots": draft.missed_slots.value,
        "late_hours": "" if draft.late_within is None else hours_text(draft.late_within),
        "needs_approval": "yes" if draft.needs_approval else "",
        "needs_second_editor": "yes" if draft.needs_second_editor else "",
        "measures_opens": "yes" if draft.measures_opens else "",
        **alerts_from_draft(draft),
    }


def parse_policies(fields: PolicyForm) -> dict[str, Any]:
    """Return what a draft takes; a number that cannot be read is out of range there.

    Raises:
        Invalid: a choice is none that the form offers.
    """
    quiet_from, quiet_to = parse_time(fields.quiet_from), parse_time(fields.quiet_to)
    if fields.quiet_from and fields.quiet_to and (quiet_from is None or quiet_to is None):
        # The draft refuses one without the other, and what cannot be read as well.
        quiet_from, quiet_to = time(0), None
    thin = fields.thin_editions or ThinEditions.MERGE
    return {
        "least_per_section": parse_whole(fields.least_per_section or "1"),
        "most_articles": parse_whole(fields.most_articles) if fields.most_articles else None,
        "least_articles": parse_whole(fields.least_articles or "1"),
        "thin_editions": _chosen(ThinEditions, thin, "thin_editions"),
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "missed_slots": _chosen(
            MissedSlots, fields.missed_slots or MissedSlots.LATE, "missed_slots"
        ),
        "late_within": parse_hours(fields.late_hours) if fields.late_hours else None,
        "needs_approval": bool(fields.needs_approval),
        "needs_second_editor": bool(fields.needs_second_editor),
        "measures_opens": bool(fields.measures_opens),
        **parse_alerts(fields),
    }


def hours_text(span: timedelta) -> str:
    """Return a span as a number of hours."""
    return f"{span / timedelta(hours=1):g}"


def parse_hours(text: str) -> timedelta:
    """Read a number of hours, with a point or a comma; anything else is zero."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return timedelta(0)
    return timedelta(minutes=round(value * 60) if 0 < value < _MAX_HOURS else 0)


def parse_whole(text: str, *, most: int = 5) -> int:
    """Read a number of at most so many digits; anything else is 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else 0


def _chosen(words: type[_Word], text: str, field: str) -> _Word:
    try:
        return words(text)
    except ValueError:
        raise Invalid(translatable("request.value_not_offered", field=field)) from None
