"""Pure: on which days an edition comes out, and at which local times.

A recurrence is the union of weekdays and of days of the month, as a desk would say it: “Mondays and
Thursdays”, “on the 15th and on the last Friday”. Days of the month are written as RFC 5545 writes
them: `15`, `-1` for the last day, `1MO` for the first Monday, `-1FR` for the last Friday. As there,
a month without such a day (a 31st of April) has none: it is skipped, and not moved.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import cache

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NTH_WEEKDAY = re.compile(r"([1-4]|-1)(MO|TU|WE|TH|FR|SA|SU)")


MONTH_DAYS = (
    *(str(number) for number in range(1, 32)),
    "-1",
    *(f"{number}{weekday}" for number in (1, 2, 3, 4, -1) for weekday in _WEEKDAYS),
)
"""All days of the month that there are, in the order in which operators look for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Weekdays and days of the month, each at some local times.

    `days` are ISO weekdays, 1 = Monday … 7 = Sunday. With `fortnight_from` they count in every
    second week only: in the week of that date, from Monday to Sunday, and every two weeks before
    and after it. `month_days` do not depend on it.
    """

    days: tuple[int, ...] = ()
    month_days: tuple[str, ...] = ()
    times: tuple[time, ...] = ()
    fortnight_from: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no slot at all."""
        return not self.times or not (self.days or self.month_days)

    def falls_on(self, day: date) -> bool:
        """Return whether there are slots on a local date."""
        if day.isoweekday() in self.days and self._is_its_week(day):
            return True
        return any(_is_day_of_month(day, each) for each in self.month_days)

    def _is_its_week(self, day: date) -> bool:
        if self.fortnight_from is None:
            return True
        return (_week_of(day) - _week_of(self.fortnight_from)) % 2 == 0


def is_month_day(text: str) -> bool:
    """Return whether this is `1` … `31`, `-1`, or a weekday after `1` … `4` or `-1`."""
    return text in MONTH_DAYS


def sort_month_days(texts: Iterable[str]) -> tuple[str, ...]:
    """Return valid days of the month once each, in the order of `MONTH_DAYS`."""
    return tuple(sorted(set(texts), key=MONTH_DAYS.index))


@cache
def split_month_day(text: str) -> tuple[int, int | None]:
    """Return the number of a valid day of the month and its ISO weekday, None without one."""
    found = _NTH_WEEKDAY.fullmatch(text)
    if found is None:
        return int(text), None
    return int(found[1]), _WEEKDAYS.index(found[2]) + 1


def _is_day_of_month(day: date, text: str) -> bool:
    number, weekday = split_month_day(text)
    if weekday is not None and day.isoweekday() != weekday:
        return False
    step = 1 if weekday is None else 7
    if number > 0:
        return (day.day - 1) // step + 1 == number
    return monthrange(day.year, day.month)[1] - day.day < step


def _week_of(day: date) -> int:
    """Return the number of a week from Monday to Sunday: the first day of the calendar was one."""
    return (day.toordinal() - 1) // 7
