"""When the slots of a series are, found by looking at each date and at each quarter of an hour.

Slow, and independent of the product's own schedule: nothing of it is imported. What a zone's clocks
show is read off for every quarter of an hour of the year; every offset in use is a multiple of one.
"""

import calendar
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Schedule(Protocol):
    """What a newsletter says of its slots."""

    @property
    def days(self) -> tuple[int, ...]: ...
    @property
    def times(self) -> tuple[time, ...]: ...
    @property
    def month_days(self) -> tuple[str, ...]: ...
    @property
    def fortnight_from(self) -> date | None: ...
    @property
    def daily_at(self) -> time | None: ...
    @property
    def weekly_at(self) -> time | None: ...
    @property
    def weekly_on(self) -> int: ...


class WallClock:
    """What the clocks of a zone show, from the first date to the last."""

    def __init__(self, zone: str, first: date, last: date) -> None:
        self._first_shown: dict[datetime, datetime] = {}
        place = ZoneInfo(zone)
        instant = datetime.combine(first - 2 * DAY, time(), UTC)
        end = datetime.combine(last + 3 * DAY, time(), UTC)
        while instant < end:
            shown = instant.astimezone(place).replace(tzinfo=None)
            # A time that is shown twice counts the first time.
            self._first_shown.setdefault(shown, instant)
            instant += QUARTER
        self.zone = place

    def instant_of(self, day: date, at: time) -> datetime:
        """Return when a local time comes; one that is jumped over comes later by the jump."""
        wanted = datetime.combine(day, at)
        if wanted in self._first_shown:
            return self._first_shown[wanted]
        before = wanted
        while before not in self._first_shown:
            before -= QUARTER
        after = wanted
        while after not in self._first_shown:
            after += QUARTER
        jump = after - before - QUARTER
        return self._first_shown[wanted + jump]

    def shown_at(self, instant: datetime) -> datetime:
        """Return what the clocks show at an instant."""
        return instant.astimezone(self.zone).replace(tzinfo=None)


@cache
def dates_of_month(year: int, month: int, which: str) -> frozenset[date]:
    """Return the dates of a month that `15`, `-1`, `2TU` or `-1FR` means; none if it has none."""
    length = calendar.monthrange(year, month)[1]
    dates = [date(year, month, number) for number in range(1, length + 1)]
    if which[-2:] in WEEKDAYS:
        dates = [each for each in dates if each.weekday() == WEEKDAYS.index(which[-2:])]
        which = which[:-2]
    number = int(which)
    index = number - 1 if number > 0 else number
    return frozenset({dates[index]} if -len(dates) <= index < len(dates) else ())


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def local_times(schedule: Schedule, frequency: str, day: date) -> tuple[time, ...]:
    """Return the local times at which a series has slots on a date."""
    if frequency == "weekly":
        wanted = schedule.weekly_at is not None and day.isoweekday() == schedule.weekly_on
        return (schedule.weekly_at,) if wanted and schedule.weekly_at else ()
    if frequency == "daily":
        wanted = not schedule.days or day.isoweekday() in schedule.days
        return (schedule.daily_at,) if wanted and schedule.daily_at else ()
    by_week = day.isoweekday() in schedule.days
    if by_week and schedule.fortnight_from is not None:
        weeks = (_monday(day) - _monday(schedule.fortnight_from)).days // 7
        by_week = weeks % 2 == 0
    by_month = any(day in dates_of_month(day.year, day.month, each) for each in schedule.month_days)
    return schedule.times if by_week or by_month else ()


def slots_of(
    schedule: Schedule,
    frequency: str,
    clock: WallClock,
    *,
    first: date,
    last: date,
    holidays: Collection[date],
) -> Mapping[datetime, tuple[date, time]]:
    """Return the slots of a series on these local dates, by their instants, soonest first."""
    found = {}
    day = first
    while day <= last:
        if day not in holidays:
            for at in local_times(schedule, frequency, day):
                found[clock.instant_of(day, at)] = (day, at)
        day += DAY
    return dict(sorted(found.items()))
