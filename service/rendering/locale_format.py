"""Pure: dates, names, spaces and line breaks as a sub-editor of the language sets them."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import date, time

from service.kit.locales import NO_BREAK, rules_for

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LINE_WIDTH = 76
_WHITE = re.compile(r"[ \t\r\n\f\v\x85\u2028\u2029]+")


def format_long_date(day: date, locale: str) -> str:
    """Return `lundi 6 février 2023`, `mercredi 1er février 2023` or `Monday 6 February 2023`."""
    return rules_for(locale).write_long_date(day)


def format_short_date(day: date, locale: str) -> str:
    """Return `6 février 2023`, `1er février 2023` or `6 February 2023`."""
    return rules_for(locale).write_short_date(day)


def join_names(names: Sequence[str], locale: str) -> str:
    """Return `Awa Koné, Yao N’Dri et Fatou Diallo`."""
    return rules_for(locale).join(names)


def format_time(at: time, locale: str) -> str:
    """Return `7 h`, `7 h 30` or `07:30`."""
    return rules_for(locale).write_time(at)


def format_weekdays(weekdays: Sequence[int], locale: str) -> str:
    """Return `tous les jours` or `du lundi au vendredi` for ISO weekdays (Monday is 1)."""
    return rules_for(locale).write_weekdays(weekdays)


def typeset(text: str, locale: str) -> str:
    """Return the text on one line, without control characters, with no-break spaces where due.

    Only existing spaces are replaced: `https://` and `10:30` keep their colon.
    """
    line = _WHITE.sub(" ", text)
    line = "".join(sign for sign in line if unicodedata.category(sign) not in {"Cc", "Cs", "Cn"})
    return rules_for(locale).typeset(line.strip())


def typeset_lines(text: str, locale: str) -> str:
    """Return the text as `typeset` does, but keep its line breaks."""
    lines = (typeset(line, locale) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut between words and ended by an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cuts_a_word = " " in head and text[limit - 1] != " "
    whole_words = head.rsplit(" ", maxsplit=1)[0] if cuts_a_word else head
    return whole_words.rstrip(" ,;:.-–—" + NO_BREAK) + ELLIPSIS


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Return the text in lines of at most 76 columns; a URL is never broken."""
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
