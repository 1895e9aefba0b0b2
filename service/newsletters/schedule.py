"""Pure: compute slots from weekdays, local times and a time zone.

What happens when the clocks change (PEP 495): a time that does not exist that day runs as many
minutes later as the clock jumped; a time that exists twice runs once, the first time.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK_AND_MARGIN = 9
"""Days to search: a week, and one on either side for time zone shifts."""


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


def upcoming_slots(
    days: Collection[int],
    times: Collection[time],
    zone: ZoneInfo,
    *,
    after: datetime,
    count: int,
) -> list[Slot]:
    """Return the next `count` slots after an instant, soonest first; none without a schedule.

    `days` are ISO weekdays, 1 = Monday … 7 = Sunday.
    """
    if not days or not times or count <= 0:
        return []
    start = after.astimezone(zone).date() - timedelta(days=1)
    found: list[Slot] = []
    for slots in _by_day(days, times, zone, start=start, step=1):
        found += [slot for slot in slots if slot.instant > after]
        # One more day: near a clock change the slots of two days may change places.
        if len(found) > count + len(times):
            break
    return sorted(found, key=lambda slot: slot.instant)[:count]


def latest_due_slot(
    days: Collection[int],
    times: Collection[time],
    zone: ZoneInfo,
    *,
    after: datetime,
    until: datetime,
) -> Slot | None:
    """Return the latest slot in (after, until]; after a long downtime only this one runs."""
    if not days or not times:
        return None
    start = until.astimezone(zone).date() + timedelta(days=1)
    days_back = _by_day(days, times, zone, start=start, step=-1)
    for _, slots in zip(range(_WEEK_AND_MARGIN), days_back, strict=False):
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
    days: Collection[int], times: Collection[time], zone: ZoneInfo, *, start: date, step: int
) -> Iterator[list[Slot]]:
    day = start
    while True:
        if day.isoweekday() in days:
            yield [slot_at(day, at, zone) for at in sorted(set(times))]
        else:
            yield []
        day += timedelta(days=step)
