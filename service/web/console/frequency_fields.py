"""Pure: the form's fields on how often readers get a newsletter, and each series' coming runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from service.newsletters.frequency import Frequency, Schedule, proposed_frequency, series_of
from service.newsletters.holidays import NO_HOLIDAYS, Holidays
from service.web.console.schedule_picker import (
    ScheduleChoice,
    ScheduleInputError,
    UpcomingRun,
    next_runs,
    parse_time,
)

_SHOWN = {Frequency.EACH: 5, Frequency.DAILY: 3, Frequency.WEEKLY: 2}


class SeriesForm(Protocol):
    """The fields as text, as they are shown."""

    @property
    def daily_at(self) -> str:
        """A time of day, empty when no daily digest is offered."""

    @property
    def weekly_at(self) -> str:
        """A time of day, empty when no weekly digest is offered."""

    @property
    def weekly_on(self) -> str:
        """An ISO weekday."""

    @property
    def default_frequency(self) -> str:
        """A value of `Frequency`; empty means the first that is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChoice:
    """A schedule with its digests, as an operator chose them."""

    days: tuple[int, ...]
    times: tuple[time, ...]
    daily_at: time | None
    weekly_at: time | None
    weekly_on: int
    month_days: tuple[str, ...] = ()
    fortnight_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRuns:
    """The coming runs of the series of one frequency."""

    frequency: Frequency
    runs: Sequence[UpcomingRun]


def parse_series(fields: SeriesForm, table: ScheduleChoice) -> SeriesChoice:
    """Read the digests beside a schedule.

    Raises:
        ScheduleInputError: a digest's time or day is not understood.
    """
    return SeriesChoice(
        days=table.days,
        times=table.times,
        month_days=table.month_days,
        fortnight_from=table.fortnight_from,
        daily_at=_time("daily_at", fields.daily_at),
        weekly_at=_time("weekly_at", fields.weekly_at),
        weekly_on=_weekday(fields.weekly_on),
    )


def parse_default(fields: SeriesForm, series: Schedule) -> Frequency:
    """Read what the sign-up form proposes; where only one frequency is offered, it is that.

    Raises:
        ScheduleInputError: it is no frequency.
    """
    try:
        wanted = Frequency(fields.default_frequency) if fields.default_frequency else None
    except ValueError:
        raise ScheduleInputError("default_frequency") from None
    return proposed_frequency(series, wanted)


def runs_by_series(
    newsletter: Schedule, zone: ZoneInfo, *, after: datetime, but: Holidays = NO_HOLIDAYS
) -> list[SeriesRuns]:
    """Return the coming runs of each series that has a schedule, the most frequent series first."""
    return [
        SeriesRuns(
            frequency=series.frequency,
            runs=next_runs(
                series.recurrence,
                zone,
                after=after,
                count=_SHOWN[series.frequency],
                but=but,
            ),
        )
        for series in series_of(newsletter)
        if series.times
    ]


def _time(field: str, text: str) -> time | None:
    if not text.strip():
        return None
    at = parse_time(text)
    if at is None:
        raise ScheduleInputError(field)
    return at


def _weekday(text: str) -> int:
    """Read an ISO weekday; the form's list has no other, so an empty one is Monday."""
    if text not in {"", *"1234567"}:
        raise ScheduleInputError("weekly_on")
    return int(text or 1)
