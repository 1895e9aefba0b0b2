"""Parses the slot that an operator names when an edition is built."""

from datetime import datetime
from zoneinfo import ZoneInfo

from service.cli.output import print_warning
from service.kit.errors import Invalid
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, series_of
from service.newsletters.schedule import Slot, slot_at


def parse_slot(text: str, zone: ZoneInfo) -> Slot:
    """Read a date and a time in the newsletter's zone; raise Invalid with how to write them."""
    try:
        local = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        return slot_at(local.date(), local.time(), zone)
    # The first and the last day that Python can count have no instant in every zone.
    except (ValueError, OverflowError):
        raise Invalid(f"“{text}” is not a slot: write it like 2023-02-08 07:00.") from None


def warn_if_unscheduled(newsletter: NewsletterDetails, slot: Slot, frequency: Frequency) -> None:
    """Warn that a slot which was built is not in the schedule of its series."""
    for series in series_of(newsletter):
        is_day = series.recurrence.falls_on(slot.local_date)
        if series.frequency == frequency and is_day and slot.local_time in series.times:
            return
    print_warning(
        f"{slot} is not in the schedule of {newsletter.slug}; it was built anyway. "
        f"'crieur newsletter next {newsletter.slug}' shows the slots to come."
    )
