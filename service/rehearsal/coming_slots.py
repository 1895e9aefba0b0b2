"""Pure: the slots of a series in the coming days, and those that holidays leave out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from service.newsletters.frequency import Frequency, SeriesSchedule
from service.newsletters.holidays import Holiday, Holidays
from service.newsletters.schedule import Slot, upcoming_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingSlot:
    """A slot of a series, and the holiday that leaves it out, if there is one."""

    frequency: Frequency
    slot: Slot
    holiday: Holiday | None = None


def coming_slots(
    series: SeriesSchedule,
    zone: ZoneInfo,
    *,
    after: datetime,
    until: datetime,
    but: Holidays,
) -> list[ComingSlot]:
    """Return the slots in (after, until], soonest first, those on holidays included and named."""
    days = (until - after).days + 2
    found = upcoming_slots(
        series.recurrence, zone, after=after, count=days * len(series.recurrence.times)
    )
    return [
        ComingSlot(frequency=series.frequency, slot=slot, holiday=_holiday_on(but.all, slot))
        for slot in found
        if slot.instant <= until
    ]


def _holiday_on(holidays: Iterable[Holiday], slot: Slot) -> Holiday | None:
    return next((each for each in holidays if slot.local_date in each), None)
