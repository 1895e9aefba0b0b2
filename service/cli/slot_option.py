"""Parses the slot that an operator names when an edition is built."""

import sys
from datetime import datetime

from service.kit.errors import Invalid
from service.newsletters.details import NewsletterDetails


def parse_slot(text: str) -> datetime:
    """Read a date and a time in the newsletter's zone; raise Invalid with how to write them."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        raise Invalid(f"“{text}” is not a slot: write it like 2023-02-08 07:00.") from None


def warn_if_unscheduled(newsletter: NewsletterDetails, slot: datetime) -> None:
    """Warn about a date or time that is not in the schedule."""
    if slot.time() in newsletter.times and slot.isoweekday() in newsletter.days:
        return
    print(
        f"crieur: {slot:%Y-%m-%d %H:%M} is not in the schedule of {newsletter.slug}; it is built "
        f"anyway. 'crieur newsletter next {newsletter.slug}' shows the slots to come.",
        file=sys.stderr,
    )
