"""The slot that an operator names when an edition is built for one."""

import sys
from datetime import datetime

from service.kit.errors import Invalid
from service.newsletters.catalogue import Newsletter


def read_slot(text: str) -> datetime:
    """Read a date and a time in the newsletter's zone; raise Invalid with how to write them."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        raise Invalid(f"“{text}” is not a slot: write it like 2023-02-08 07:00.") from None


def mention_stray(newsletter: Newsletter, slot: datetime) -> None:
    """Tell of a date or time that the schedule does not know: its own slot leaves all the same."""
    if slot.time() in newsletter.times and slot.isoweekday() in newsletter.days:
        return
    print(
        f"crieur: {slot:%Y-%m-%d %H:%M} is not in the schedule of {newsletter.slug}; it is built "
        f"all the same. 'crieur newsletter next {newsletter.slug}' shows the slots to come.",
        file=sys.stderr,
    )
