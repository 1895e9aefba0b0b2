"""Pure: how often a reader wants a newsletter, and which frequencies it offers.

A newsletter has a *series* of editions for each frequency that it offers, and every reader is in
one series. Articles are carried once in each series.
"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Protocol

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
    """When the series of one frequency has its slots: ISO weekdays and local times."""

    frequency: Frequency
    days: tuple[int, ...]
    times: tuple[time, ...]


def series_of(newsletter: Schedule) -> tuple[SeriesSchedule, ...]:
    """Return the series that a newsletter offers, the most frequent first; never none.

    Without any schedule there is that of each edition, which operators send manually. The daily
    series has its slot on the newsletter's days, or on every day where it has none.
    """
    days = tuple(newsletter.days)
    each = SeriesSchedule(frequency=Frequency.EACH, days=days, times=tuple(newsletter.times))
    found = [each] if each.times else []
    if newsletter.daily_at is not None:
        found.append(
            SeriesSchedule(
                frequency=Frequency.DAILY, days=days or EVERY_DAY, times=(newsletter.daily_at,)
            )
        )
    if newsletter.weekly_at is not None:
        found.append(
            SeriesSchedule(
                frequency=Frequency.WEEKLY,
                days=(newsletter.weekly_on,),
                times=(newsletter.weekly_at,),
            )
        )
    return tuple(found) or (each,)


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
