"""Pure: dates, names, spaces and line breaks as a French or an English sub-editor sets them."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import date, time

from babel import Locale
from babel.dates import format_date, get_day_names

NO_BREAK = "\N{NO-BREAK SPACE}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LINE_WIDTH = 76
EVERY_DAY = list(range(1, 8))
_SPACE_BEFORE = re.compile(r"[ \u2009\u202f]+(?=[;:!?»%€])")
_SPACE_AFTER = re.compile(r"(?<=«)[ \u2009\u202f]+")
_WHITE = re.compile(r"[ \t\r\n\f\v\x85\u2028\u2029]+")


def is_french(locale: str) -> bool:
    """Tell whether French rules apply: what is not English is French here."""
    return not locale.lower().startswith("en")


def babel_locale(locale: str) -> Locale:
    """Return the Babel locale: British order of day and month for any English."""
    return Locale("fr") if is_french(locale) else Locale("en", "GB")


def format_long_date(day: date, locale: str) -> str:
    """Return `lundi 6 février 2023`, `mercredi 1er février 2023` or `Monday 6 February 2023`."""
    return _first(day, format_date(day, "EEEE d MMMM y", locale=babel_locale(locale)), locale)


def format_short_date(day: date, locale: str) -> str:
    """Return `6 février 2023`, `1er février 2023` or `6 February 2023`."""
    return _first(day, format_date(day, "d MMMM y", locale=babel_locale(locale)), locale)


def _first(day: date, text: str, locale: str) -> str:
    # Only the first of a month is an ordinal in French, and CLDR patterns do not know it.
    return text.replace("1 ", "1er ", 1) if day.day == 1 and is_french(locale) else text


def join_names(names: Sequence[str], locale: str) -> str:
    """Return `Awa Koné, Yao N’Dri et Fatou Diallo`."""
    *others, last = [name for name in names if name] or [""]
    conjunction = "et" if is_french(locale) else "and"
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def format_time(at: time, locale: str) -> str:
    """Return `7 h`, `7 h 30` or `07:30`."""
    if not is_french(locale):
        return f"{at:%H:%M}"
    minutes = f"{NO_BREAK}{at.minute:02d}" if at.minute else ""
    return f"{at.hour}{NO_BREAK}h{minutes}"


def format_weekdays(weekdays: Sequence[int], locale: str) -> str:
    """Return `tous les jours` or `du lundi au vendredi` for ISO weekdays (Monday is 1)."""
    french = is_french(locale)
    days = sorted(set(weekdays))
    names = {
        day + 1: name for day, name in get_day_names("wide", locale=babel_locale(locale)).items()
    }
    if days == EVERY_DAY:
        return "tous les jours" if french else "every day"
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        first, last = names[days[0]], names[days[-1]]
        return f"du {first} au {last}" if french else f"from {first} to {last}"
    if french:
        return join_names([f"le {names[day]}" for day in days], locale)
    return "on " + join_names([names[day] for day in days], locale)


def typeset(text: str, locale: str) -> str:
    """Return the text on one line, without control characters, with no-break spaces where due.

    Only spaces that the writer typed are changed: `https://` and `10:30` keep their colon.
    """
    line = _WHITE.sub(" ", text).strip()
    line = "".join(sign for sign in line if unicodedata.category(sign) not in {"Cc", "Cs", "Cn"})
    if not is_french(locale):
        return line
    return _SPACE_AFTER.sub(NO_BREAK, _SPACE_BEFORE.sub(NO_BREAK, line))


def typeset_lines(text: str, locale: str) -> str:
    """Return the text as `set_spaces` does, but on the lines that its writer gave it."""
    lines = (typeset(line, locale) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut between words and marked with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cuts_a_word = " " in head and text[limit - 1] != " "
    whole_words = head.rsplit(" ", maxsplit=1)[0] if cuts_a_word else head
    return whole_words.rstrip(" ,;:.-–—" + NO_BREAK) + ELLIPSIS


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Return the text in lines of at most 76 columns; an address is never broken."""
    return textwrap.fill(
        text,
        LINE_WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def capitalise(text: str) -> str:
    """Return the text with its first letter in upper case and the rest as it is."""
    return text[:1].upper() + text[1:]
