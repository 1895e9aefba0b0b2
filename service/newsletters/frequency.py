"""Pure: how often a reader wants a newsletter, and which frequencies it offers.

A newsletter has a *series* of editions for each frequency that it offers, and every reader is in
one series. Articles are carried once in each series.
"""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Protocol

from service.newsletters.recurrence import Recurrence

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


class Frequency(StrEnum):
    """How often a reader gets a newsletter."""

    EACH = "each"
    DAILY = "daily"
    WEEKLY = "weekly"


class Schedule(Protocol):
    """The fields of a newsletter that say when its series have slots."""

    @property
    def days(self) -> tuple[int, ...] | list[int]:
        """ISO weekdays of the editions, 1 = Monday … 7 = Sunday."""

    @property
    def times(self) -> tuple[time, ...] | list[time]:
        """Local times of the editions."""

    @property
    def month_days(self) -> tuple[str, ...] | list[str]:
        """Days of the month of the editions, as `recurrence` reads them."""

    @property
    def fortnight_from(self) -> date | None:
        """A date in a week with editions, when weekdays count in every second week."""

    @property
    def daily_at(self) -> time | None:
        """Local time of the daily digest; None when it is not offered."""

    @property
    def weekly_at(self) -> time | None:
        """Local time of the weekly digest; None when it is not offered."""

    @property
    def weekly_on(self) -> int:
        """ISO weekday of the weekly digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSchedule:
    """When the series of one frequency has its slots."""

    frequency: Frequency
    recurrence: Recurrence

    @property
    def days(self) -> tuple[int, ...]:
        """ISO weekdays."""
        return self.recurrence.days

    @property
    def times(self) -> tuple[time, ...]:
        """Local times."""
        return self.recurrence.times


def series_of(newsletter: Schedule) -> tuple[SeriesSchedule, ...]:
    """Return the series that a newsletter offers, the most frequent first; never none.

    Without any schedule there is that of each edition, which operators send manually. The daily
    series has its slot on the newsletter's days, or on every day where it has none.
    """
    days = tuple(newsletter.days)
    each = _series(
        Frequency.EACH,
        days,
        *newsletter.times,
        month_days=tuple(newsletter.month_days),
        fortnight_from=newsletter.fortnight_from,
    )
    found = [each] if each.times else []
    if newsletter.daily_at is not None:
        found.append(_series(Frequency.DAILY, days or EVERY_DAY, newsletter.daily_at))
    if newsletter.weekly_at is not None:
        found.append(_series(Frequency.WEEKLY, (newsletter.weekly_on,), newsletter.weekly_at))
    return tuple(found) or (each,)


def _series(
    frequency: Frequency,
    days: tuple[int, ...],
    *times: time,
    month_days: tuple[str, ...] = (),
    fortnight_from: date | None = None,
) -> SeriesSchedule:
    recurrence = Recurrence(
        days=days, month_days=month_days, times=times, fortnight_from=fortnight_from
    )
    return SeriesSchedule(frequency=frequency, recurrence=recurrence)


def offered_frequencies(newsletter: Schedule) -> tuple[Frequency, ...]:
    """Return the frequencies among which readers choose, the most frequent first."""
    return tuple(each.frequency for each in series_of(newsletter))


def proposed_frequency(newsletter: Schedule, wanted: Frequency | None) -> Frequency:
    """Return what a sign-up form proposes: `wanted`, or the first one where there is no choice."""
    offered = offered_frequencies(newsletter)
    return offered[0] if wanted is None or len(offered) == 1 else wanted


def replacement_for(newsletter: Schedule, ended: Frequency) -> Frequency:
    """Return what readers of a frequency get that is offered no more.

    The next less frequent one, so that readers do not get more messages than they asked for;
    without any, the least frequent that is left.
    """
    offered = offered_frequencies(newsletter)
    order = list(Frequency)
    rarer = [each for each in offered if order.index(each) > order.index(ended)]
    return rarer[0] if rarer else offered[-1]
