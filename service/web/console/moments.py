"""Instants and spans in words, in an operator's language and a newsletter's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_datetime,
    format_time,
    format_timedelta,
    get_day_names,
)
from babel.numbers import format_decimal

_CLOCK = {"fr": "HH:mm", "en": "HH:mm"}
_DAY = {"fr": "EEEE d MMMM", "en": "EEEE d MMMM"}
_DAY_OF_A_YEAR = {"fr": "EEEE d MMMM y", "en": "EEEE d MMMM y"}
_FULL = {"fr": "d MMMM y 'à' HH:mm", "en": "d MMMM y, HH:mm"}
_SHORT = {"fr": "d MMM, HH:mm", "en": "d MMM, HH:mm"}
_SHORT_OF_A_YEAR = {"fr": "d MMM y, HH:mm", "en": "d MMM y, HH:mm"}


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells times and numbers; templates know it as `say`."""

    language: str
    now: datetime

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language, sep="_")

    def number(self, value: int) -> str:
        """12 345 or 12,345."""
        return format_decimal(value, locale=self._locale)

    def rate(self, per_second: float) -> str:
        """Mails a second: 0.4, 7.5, 1,250."""
        shown = round(per_second) if per_second >= 10 else round(per_second, 1)
        return format_decimal(shown, locale=self._locale)

    def full(self, instant: datetime, zone: str) -> str:
        """A date with year and a time."""
        return self._dated(instant, _FULL[self.language], zone)

    def short(self, instant: datetime, zone: str) -> str:
        """A date and a time for tables, with the year when it is not this one."""
        forms = _SHORT if self._is_this_year(instant, zone) else _SHORT_OF_A_YEAR
        return self._dated(instant, forms[self.language], zone)

    def moment(self, instant: datetime, zone: str) -> str:
        """A time to the second, without its date."""
        return format_datetime(instant, "HH:mm:ss", tzinfo=ZoneInfo(zone), locale=self._locale)

    def ago(self, instant: datetime) -> str:
        """In words how far from now: two hours ago, in five minutes."""
        return format_timedelta(
            instant - self.now, add_direction=True, threshold=1.2, locale=self._locale
        )

    def span(self, length: timedelta) -> str:
        """A length of time in words."""
        return format_timedelta(length, threshold=1.2, locale=self._locale)

    def day(self, day: date) -> str:
        """Monday 6 February, with the year when it is not this one."""
        # In UTC: no newsletter's hours around New Year make a year that is left out doubtful.
        forms = _DAY if day.year == self.now.year else _DAY_OF_A_YEAR
        return self._first(day, format_date(day, forms[self.language], locale=self._locale))

    def clock(self, at: time) -> str:
        """07:00."""
        return format_time(at, _CLOCK[self.language], locale=self._locale)

    def weekday(self, number: int, width: str = "wide") -> str:
        """The name of an ISO weekday; `width` may be abbreviated."""
        names = get_day_names(
            "abbreviated" if width == "abbreviated" else "wide", locale=self._locale
        )
        return str(names[number - 1])

    def _is_this_year(self, instant: datetime, zone: str) -> bool:
        there = ZoneInfo(zone)
        return instant.astimezone(there).year == self.now.astimezone(there).year

    def _dated(self, instant: datetime, form: str, zone: str) -> str:
        local = instant.astimezone(ZoneInfo(zone))
        return self._first(local, format_datetime(local, form, locale=self._locale))

    def _first(self, day: date, text: str) -> str:
        """Write the first of a month as French does, which CLDR's patterns do not know."""
        is_first = day.day == 1 and self.language == "fr"
        return text.replace("1 ", "1er ", 1) if is_first else text
