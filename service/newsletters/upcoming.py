"""Pure: the coming slots of all series of a newsletter."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from service.newsletters.frequency import Frequency, Schedule, SeriesSchedule, series_of
from service.newsletters.holidays import NO_HOLIDAYS, Holidays
from service.newsletters.schedule import Slot, upcoming_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingSlot:
    """A coming slot, and the frequency of the readers that it is for."""

    frequency: Frequency
    slot: Slot


def slots_of_series(
    series: SeriesSchedule,
    zone: ZoneInfo,
    *,
    after: datetime,
    count: int,
    but: Holidays = NO_HOLIDAYS,
) -> list[Slot]:
    """Return the next `count` slots of one series after an instant, soonest first."""
    return upcoming_slots(series.recurrence, zone, after=after, count=count, but=but)


def slots_of_newsletter(
    newsletter: Schedule,
    zone: ZoneInfo,
    *,
    after: datetime,
    count: int,
    but: Holidays = NO_HOLIDAYS,
) -> list[UpcomingSlot]:
    """Return the next `count` slots of all series together, soonest first.

    Of slots at the same instant, that of the more frequent series comes first.
    """
    found = [
        UpcomingSlot(frequency=series.frequency, slot=slot)
        for series in series_of(newsletter)
        for slot in slots_of_series(series, zone, after=after, count=count, but=but)
    ]
    return sorted(found, key=lambda each: each.slot.instant)[:count]
