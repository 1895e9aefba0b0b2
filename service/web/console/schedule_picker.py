"""Pure: parses the fields of the schedule picker, and shows times in it again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from service.newsletters.holidays import NO_HOLIDAYS, Holidays
from service.newsletters.recurrence import Recurrence, is_month_day, sort_month_days
from service.newsletters.schedule import Slot, times_every, upcoming_slots

_TIME = re.compile(r"([01]?\d|2[0-3])\s*[:hH]\s*([0-5]\d)?(?::00)?")
_FEWEST_IN_A_SPAN = 4
MAX_TIMES = 288
"""Of times that are not evenly spaced, each of which has a field of its own."""

_MAX_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RegularInterval:
    """Every so many minutes between two times."""

    minutes: int
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChoice:
    """Weekdays, days of the month and times that an operator chose."""

    days: tuple[int, ...]
    times: tuple[time, ...]
    month_days: tuple[str, ...] = ()
    fortnight_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingRun:
    """A slot, and how the clocks treat it."""

    slot: Slot
    wall: datetime
    """The time that clocks on the wall will show; other than the slot's when they jump."""
    is_moved: bool
    offset: str


class ScheduleInputError(ValueError):
    """A field of the picker cannot be understood; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def parse_time(text: str) -> time | None:
    """Read 7:05, 07:05, 7h05 or 7 h; None when it is no time."""
    match = _TIME.fullmatch(text.strip())
    return None if match is None else time(int(match[1]), int(match[2] or 0))


def parse_schedule(
    days: Iterable[str],
    times: Iterable[str],
    *,
    minutes: str,
    start: str,
    end: str,
    month_days: Iterable[str] = (),
    fortnight_from: str = "",
) -> ScheduleChoice:
    """Read the picker.

    Raises:
        ScheduleInputError: a time, the span, a day of the month or a date is not understood.
    """
    chosen_days = sorted({int(day) for day in days if day in set("1234567")})
    chosen: set[time] = set()
    for text in times:
        if text.strip():
            at = parse_time(text)
            if at is None:
                raise ScheduleInputError("times")
            chosen.add(at)
    if minutes.strip():
        chosen |= set(_read_span(minutes, start, end))
    if len(chosen) > MAX_TIMES and as_interval(sorted(chosen)) is None:
        raise ScheduleInputError("span")
    chosen_month_days = [each for each in month_days if each]
    if not all(map(is_month_day, chosen_month_days)):
        raise ScheduleInputError("month_days")
    return ScheduleChoice(
        days=tuple(chosen_days),
        times=tuple(sorted(chosen)),
        month_days=sort_month_days(chosen_month_days),
        fortnight_from=_read_date(fortnight_from),
    )


def as_interval(times: Sequence[time]) -> RegularInterval | None:
    """Recognise times that are evenly spaced, so that many are shown as one sentence."""
    minutes = sorted(at.hour * 60 + at.minute for at in times)
    steps = {later - earlier for earlier, later in pairwise(minutes)}
    if len(minutes) < _FEWEST_IN_A_SPAN or len(steps) != 1:
        return None
    return RegularInterval(minutes=steps.pop(), start=min(times), end=max(times))


def next_runs(
    recurrence: Recurrence,
    zone: ZoneInfo,
    *,
    after: datetime,
    count: int = 5,
    but: Holidays = NO_HOLIDAYS,
) -> list[UpcomingRun]:
    """Return the next runs with what the clocks on the wall show then."""
    return [
        _run(slot, zone)
        for slot in upcoming_slots(recurrence, zone, after=after, count=count, but=but)
    ]


def _run(slot: Slot, zone: ZoneInfo) -> UpcomingRun:
    wall = slot.instant.astimezone(zone)
    return UpcomingRun(
        slot=slot,
        wall=wall,
        is_moved=wall.time() != slot.local_time,
        offset=_offset(wall),
    )


def _offset(wall: datetime) -> str:
    """Return how far a clock is from UTC; one that is not, such as Abidjan's, has its own name."""
    minutes = int((wall.utcoffset() or timedelta(0)).total_seconds()) // 60
    if not minutes:
        name = wall.tzname() or ""
        return name if name.isalpha() else "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ScheduleInputError("fortnight_from") from None


def _read_span(minutes: str, start: str, end: str) -> list[time]:
    first, last = parse_time(start or "00:00"), parse_time(end or "23:59")
    if not minutes.strip().isascii() or not minutes.strip().isdigit() or len(minutes) > _MAX_DIGITS:
        raise ScheduleInputError("span")
    if not int(minutes) or first is None or last is None or first > last:
        raise ScheduleInputError("span")
    return times_every(int(minutes), start=first, end=last)
