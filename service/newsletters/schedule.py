"""Pure: compute slots from a recurrence, holidays and a time zone.

What happens when the clocks change (PEP 495): a time that does not exist that day runs as many
minutes later as the clock jumped; a time that exists twice runs once, the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from service.newsletters.holidays import NO_HOLIDAYS, Holidays
from service.newsletters.recurrence import Recurrence

_MARGIN = 4
"""Days to search more than lie between two instants: one on either side for time zone shifts."""

_SEARCHED_BACK = 400
"""Days to search for a missed slot: what is due once a month may be on holiday for a season."""

_SEARCHED_AHEAD = 3 * 366
_SLOTS_AT_LEAST = 20
"""Days to search for so many coming slots: a 31st comes seven times a year, and a holiday may never
end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A local date and time at which an edition is due, and its instant in UTC."""

    local_date: date
    local_time: time
    instant: datetime

    def __str__(self) -> str:
        """Return the local date and time, as an operator writes them."""
        return f"{self.local_date} {self.local_time:%H:%M}"


def slot_at(local_date: date, local_time: time, zone: ZoneInfo) -> Slot:
    """Return the slot of a local date and time."""
    wall = datetime.combine(local_date, local_time.replace(fold=0), tzinfo=zone)
    return Slot(local_date=local_date, local_time=local_time, instant=wall.astimezone(UTC))


def slot_of(instant: datetime, zone: ZoneInfo) -> Slot:
    """Return the slot of an instant, to the second, such as that of an edition made manually."""
    wall = instant.astimezone(zone)
    at = time(wall.hour, wall.minute, wall.second)
    return Slot(local_date=wall.date(), local_time=at, instant=instant)


def upcoming_slots(
    recurrence: Recurrence,
    zone: ZoneInfo,
    *,
    after: datetime,
    count: int,
    but: Holidays = NO_HOLIDAYS,
) -> list[Slot]:
    """Return the next `count` slots after an instant, soonest first, without those of holidays.

    There are fewer when the schedule has no more within some years, and none without a schedule.
    """
    if recurrence.is_empty or count <= 0:
        return []
    start = after.astimezone(zone).date() - timedelta(days=1)
    found: list[Slot] = []
    days = _SEARCHED_AHEAD * (1 + count // _SLOTS_AT_LEAST)
    for slots in islice(_by_day(recurrence, zone, but, start=start, step=1), days):
        found += [slot for slot in slots if slot.instant > after]
        # One more day: near a clock change the slots of two days may change places.
        if len(found) > count + len(recurrence.times):
            break
    return sorted(found, key=lambda slot: slot.instant)[:count]


def latest_due_slot(
    recurrence: Recurrence,
    zone: ZoneInfo,
    *,
    after: datetime,
    until: datetime,
    but: Holidays = NO_HOLIDAYS,
) -> Slot | None:
    """Return the latest slot in (after, until]; after a long downtime only this one runs."""
    if recurrence.is_empty or after >= until:
        return None
    start = until.astimezone(zone).date() + timedelta(days=1)
    days = min((until - after).days + _MARGIN, _SEARCHED_BACK)
    for slots in islice(_by_day(recurrence, zone, but, start=start, step=-1), days):
        due = [slot for slot in slots if after < slot.instant <= until]
        if due:
            return max(due, key=lambda slot: slot.instant)
    return None


def times_every(minutes: int, *, start: time = time(0), end: time = time(23, 59)) -> list[time]:
    """Return the times from `start` to `end`, both included, `minutes` apart."""
    if minutes < 1:
        raise ValueError("there must be at least one minute between two times")
    first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    return [time(*divmod(minute, 60)) for minute in range(first, last + 1, minutes)]


def _by_day(
    recurrence: Recurrence, zone: ZoneInfo, but: Holidays, *, start: date, step: int
) -> Iterator[list[Slot]]:
    times = sorted(set(recurrence.times))
    day = start
    while True:
        if recurrence.falls_on(day) and day not in but:
            yield [slot_at(day, at, zone) for at in times]
        else:
            yield []
        day += timedelta(days=step)
