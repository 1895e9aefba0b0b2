"""Formats times, durations and numbers for an operator's language and a newsletter's time zone.

Formatting never fails for a value that a column may hold: None is a dash, and an instant beyond the
calendar is the nearest day within it.
"""

from dataclasses import dataclass
from datetime import MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta, get_day_names
from babel.numbers import format_decimal, format_percent

from service.kit.languages import DEFAULT_LANGUAGE, language_of
from service.kit.locales import rules_for

DASH = "–"
"""Shown for a missing value."""
_NO_RATE = 1e12
"""A faster rate comes from a division by almost zero."""
_DAY_LONG = timedelta(days=1)
_CLOCK = {"fr": "HH:mm", "en": "HH:mm"}
_DAY = {"fr": "EEEE d MMMM", "en": "EEEE d MMMM"}
_DAY_OF_A_YEAR = {"fr": "EEEE d MMMM y", "en": "EEEE d MMMM y"}
_FULL = {"fr": "d MMMM y 'à' HH:mm", "en": "d MMMM y, HH:mm"}
_SHORT = {"fr": "d MMM, HH:mm", "en": "d MMM, HH:mm"}
_SHORT_OF_A_YEAR = {"fr": "d MMM y, HH:mm", "en": "d MMM y, HH:mm"}

# A smaller rate is shown with one decimal.
_WHOLE_FROM = 10


@dataclass(frozen=True, slots=True)
class ConsoleFormatter:
    """Formats times and numbers; templates know it as `fmt`."""

    language: str
    now: datetime

    @property
    def _speech(self) -> str:
        """The language that is spoken: French when it is not one of ours."""
        language = language_of(self.language)
        return language if language in _CLOCK else DEFAULT_LANGUAGE

    @property
    def _locale(self) -> Locale:
        return Locale(self._speech)

    def number(self, value: int | None) -> str:
        """12 345 or 12,345."""
        return DASH if value is None else format_decimal(value, locale=self._locale)

    def rate(self, per_second: float | None) -> str:
        """Messages per second: 0.4, 7.5, 1,250."""
        shown = self.rounded(None if per_second is None else float(per_second))
        return shown if isinstance(shown, str) else format_decimal(shown, locale=self._locale)

    def share(self, share: float) -> str:
        """A share between 0 and 1 in per cent, with one digit: 4.2%."""
        pattern = self._locale.percent_formats[None].pattern
        return format_percent(share, format=pattern.replace("#,##0", "0.0"), locale=self._locale)

    def rounded(self, count: float | None) -> float | str:
        """Return a number of things as far as it is shown, or a dash: its plural goes by that."""
        if count is None:
            return DASH
        if isinstance(count, int):
            return count
        if not abs(count) < _NO_RATE:
            return DASH
        return round(count) if count >= _WHOLE_FROM else round(count, 1)

    def full(self, instant: datetime | None, zone: str) -> str:
        """A date with year and a time."""
        return DASH if instant is None else self._dated(instant, _FULL[self._speech], zone)

    def short(self, instant: datetime | None, zone: str) -> str:
        """A date and a time for tables, with the year when it is not this one."""
        if instant is None:
            return DASH
        forms = _SHORT if self._is_this_year(instant, zone) else _SHORT_OF_A_YEAR
        return self._dated(instant, forms[self._speech], zone)

    def moment(self, instant: datetime | None, zone: str) -> str:
        """A time to the second, without its date."""
        if instant is None:
            return DASH
        return format_datetime(_in_zone(instant, zone), "HH:mm:ss", locale=self._locale)

    def ago(self, instant: datetime | None) -> str:
        """In words how far from now: two hours ago, in five minutes."""
        if instant is None:
            return DASH
        return format_timedelta(
            _aware(instant) - self.now, add_direction=True, threshold=1.2, locale=self._locale
        )

    def span(self, length: timedelta | None) -> str:
        """A length of time in words."""
        if length is None:
            return DASH
        return format_timedelta(length, threshold=1.2, locale=self._locale)

    def day(self, day: date | None) -> str:
        """Monday 6 February, with the year when it is not this one."""
        if day is None:
            return DASH
        # In UTC: no newsletter's hours around New Year make a year that is left out doubtful.
        forms = _DAY if day.year == self.now.year else _DAY_OF_A_YEAR
        return rules_for(self._speech).mark_first(
            day, format_date(day, forms[self._speech], locale=self._locale)
        )

    def clock(self, at: time | None) -> str:
        """07:00."""
        return DASH if at is None else format_time(at, _CLOCK[self._speech], locale=self._locale)

    def weekday(self, number: int, width: str = "wide") -> str:
        """The name of an ISO weekday; `width` may be abbreviated."""
        names = get_day_names(
            "abbreviated" if width == "abbreviated" else "wide", locale=self._locale
        )
        return str(names[(number - 1) % 7])

    def _is_this_year(self, instant: datetime, zone: str) -> bool:
        return _in_zone(instant, zone).year == _in_zone(self.now, zone).year

    def _dated(self, instant: datetime, form: str, zone: str) -> str:
        local = _in_zone(instant, zone)
        return rules_for(self._speech).mark_first(
            local, format_datetime(local, form, locale=self._locale)
        )


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _in_zone(instant: datetime, zone: str) -> datetime:
    """Return the instant on a zone's clocks, within the calendar."""
    aware = _aware(instant)
    try:
        return aware.astimezone(_zone(zone))
    except OverflowError:
        # Within a day of the calendar's ends another zone's date may lie beyond them.
        step = _DAY_LONG if aware.year == MINYEAR else -_DAY_LONG
        return (aware.replace(tzinfo=UTC) + step).astimezone(_zone(zone))


def _zone(name: str) -> tzinfo:
    """Return a zone; a name that this machine's list does not have (any more) is UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
