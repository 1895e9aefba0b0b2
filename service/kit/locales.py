"""Pure: the languages that Crieur writes in, and how each sets dates, lists, numbers and plurals.

A language is an entry of `LOCALES` and a catalogue in each folder `wording/`; nothing else in the
code asks which language it is. Names of days and months, plural rules, conjunctions and the
direction of writing come from Unicode's CLDR, by Babel. What CLDR leaves to a house's style (the
`1er` of a French month, the hour of a schedule) is a field.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache, cached_property
from unicodedata import bidirectional

from babel import Locale
from babel.dates import format_date, format_time, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal

from service.kit.languages import DEFAULT_LANGUAGE, language_of

NO_BREAK = "\N{NO-BREAK SPACE}"
RIGHT_TO_LEFT_MARK = "\N{RIGHT-TO-LEFT MARK}"
ALL_WEEK = list(range(1, 8))
PLURAL_CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})
_SPACE_BEFORE = re.compile(r"[ \u2009\u202f]+(?=[;:!?»%€])")
_SPACE_AFTER = re.compile(r"(?<=«)[ \u2009\u202f]+")

# Two days are listed, three in a row are a range.
_SHORTEST_RANGE = 3


@dataclass(frozen=True, kw_only=True)
class LocaleRules:
    """How one language is written."""

    code: str
    """ISO 639-1, as in a catalogue's file name and in `lang`."""
    cldr: str
    """The CLDR locale: British English has the day before the month."""
    long_date: str
    """A CLDR date pattern with the day of the week."""
    short_date: str
    clock: str = "HH:mm"
    """A CLDR time pattern."""
    full_hour: str = "HH:mm"
    """The same for a time with no minutes."""
    first_of_month: str = ""
    """What stands for the 1 of the first of a month; empty where it is written like any day."""
    spaces_punctuation: bool = False
    """Whether `;`, `:`, `!`, `?` and quotation marks take a no-break space."""
    is_cursive: bool = False
    """Whether letters join, so that spacing them out would tear words apart."""
    every_day: str
    day_range: str
    """With `{first}` and `{last}`, names of days."""
    one_day: str
    """With `{day}`: how each day stands in a list of several."""
    some_days: str
    """With `{days}`: the list."""

    @cached_property
    def babel(self) -> Locale:
        """Babel's locale."""
        return Locale.parse(self.cldr)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for HTML's `dir`."""
        return str(self.babel.text_direction)

    @property
    def start(self) -> str:
        """The side on which a line starts, for messages: mail programs know no logical sides."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        """The side on which a line ends."""
        return "left" if self.direction == "rtl" else "right"

    def plural(self, count: float) -> str:
        """Return CLDR's plural category of a number: `one`, `few`, `other` and so on.

        A finite float that is whole counts as an integer, because it is written as one.
        """
        whole = int(count)
        return str(self.babel.plural_form(whole if whole == count else count))

    def join(self, items: Sequence[str]) -> str:
        """Return `Awa Koné, Yao N’Dri et Fatou Diallo`; empty items are left out."""
        return format_list([self.mark(item) for item in items if item], locale=self.babel)

    def mark(self, name: str) -> str:
        """Return a name with a right-to-left mark after it where it needs one (UAX #9).

        After a Latin name in an Arabic line, a number or a full stop would join the name's own
        direction: `Awa Traoré · 30` instead of the date's day before its month. A mark is used
        because mail programs of every age know it; not all know isolates.
        """
        if self.direction == "ltr":
            return name
        strong = (kind for kind in map(bidirectional, reversed(name)) if kind in ("L", "R", "AL"))
        return name + RIGHT_TO_LEFT_MARK if next(strong, None) == "L" else name

    def write_number(self, number: float) -> str:
        """Return `12 500` or `12,500`."""
        return format_decimal(number, locale=self.babel)

    def write_decimal(self, number: float) -> str:
        """Return a number with one decimal place: `10,0` or `10.0`."""
        return format_decimal(number, format="#,##0.0", locale=self.babel)

    def write_long_date(self, day: date) -> str:
        """Return `lundi 6 février 2023`, `1er` for the first, or `Monday 6 February 2023`."""
        return self._date(day, self.long_date)

    def write_short_date(self, day: date) -> str:
        """Return `6 février 2023`, `1er février 2023` or `6 February 2023`."""
        return self._date(day, self.short_date)

    def write_time(self, at: time) -> str:
        """Return `7 h`, `7 h 30` or `07:30`."""
        pattern = self.clock if at.minute else self.full_hour
        return format_time(at, pattern, locale=self.babel)

    def write_weekday(self, weekday: int) -> str:
        """Return the name of an ISO weekday (Monday is 1)."""
        return str(get_day_names("wide", locale=self.babel)[weekday - 1])

    def write_weekdays(self, weekdays: Sequence[int]) -> str:
        """Return `tous les jours` or `du lundi au vendredi` for ISO weekdays (Monday is 1)."""
        days = sorted(set(weekdays))
        if days == ALL_WEEK:
            return self.every_day
        names = {day + 1: name for day, name in get_day_names("wide", locale=self.babel).items()}
        is_range = len(days) >= _SHORTEST_RANGE and days == list(range(days[0], days[-1] + 1))
        if is_range:
            return self.day_range.format(first=names[days[0]], last=names[days[-1]])
        return self.some_days.format(
            days=self.join([self.one_day.format(day=names[day]) for day in days])
        )

    def typeset(self, line: str) -> str:
        """Return the line with no-break spaces where the language has them.

        Only spaces that the writer typed are changed: `https://` and `10:30` keep their colon.
        """
        if not self.spaces_punctuation:
            return line
        return _SPACE_AFTER.sub(NO_BREAK, _SPACE_BEFORE.sub(NO_BREAK, line))

    def _date(self, day: date, pattern: str) -> str:
        return self.mark_first(day, format_date(day, pattern, locale=self.babel))

    def mark_first(self, day: date, text: str) -> str:
        """Return a written date with the first of a month as the language writes it."""
        if day.day == 1 and self.first_of_month:
            return text.replace("1 ", f"{self.first_of_month} ", 1)
        return text


LOCALES: dict[str, LocaleRules] = {
    rules.code: rules
    for rules in (
        LocaleRules(
            code="fr",
            cldr="fr",
            long_date="EEEE d MMMM y",
            short_date="d MMMM y",
            clock=f"H{NO_BREAK}'h'{NO_BREAK}mm",
            full_hour=f"H{NO_BREAK}'h'",
            first_of_month="1er",
            spaces_punctuation=True,
            every_day="tous les jours",
            day_range="du {first} au {last}",
            one_day="le {day}",
            some_days="{days}",
        ),
        LocaleRules(
            code="en",
            cldr="en_GB",
            long_date="EEEE d MMMM y",
            short_date="d MMMM y",
            every_day="every day",
            day_range="from {first} to {last}",
            one_day="{day}",
            some_days="on {days}",
        ),
        LocaleRules(
            code="pt",
            cldr="pt_PT",
            long_date="EEEE, d 'de' MMMM 'de' y",
            short_date="d 'de' MMMM 'de' y",
            every_day="todos os dias",
            day_range="de {first} a {last}",
            one_day="{day}",
            some_days="nestes dias: {days}",
        ),
        LocaleRules(
            code="ar",
            cldr="ar",
            long_date="EEEE d MMMM y",
            short_date="d MMMM y",
            is_cursive=True,
            every_day="كل يوم",
            day_range="من {first} إلى {last}",
            one_day="{day}",
            some_days="أيام {days}",
        ),
    )
}
"""Every language of `languages.LANGUAGES` by its code."""


@cache
def rules_for(locale: str) -> LocaleRules:
    """Return the rules of a locale such as `ar` or `fr-CI`; French if the language is unknown."""
    return LOCALES.get(language_of(locale), LOCALES[DEFAULT_LANGUAGE])
