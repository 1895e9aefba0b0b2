"""Pure: extract links to other articles from a copied text, with the lists below them."""

import re
from collections.abc import Sequence

from service.articles.parsing.boilerplate import is_nameplate
from service.articles.parsing.bylines import parse_byline
from service.articles.parsing.typography import count_words, is_sentence
from service.articles.plain_text.lines import (
    MAX_CONTINUATION,
    MIN_CONTINUED_LINE,
    LineKind,
    TextLine,
)
from service.articles.plain_text.lookahead import Lookahead

_BULLET = re.compile(r"^[-–—•*▪■►→·]\s*(?=\S)")
_MAX_NAME_WORDS = 5
"""Most words in a publication's or a person's name."""

_MAX_HEADLINE_WORDS = 30


def extract_related_headlines(lines: Sequence[TextLine]) -> tuple[list[TextLine], list[str]]:
    """Return the lines without links to other articles, and the headlines of those links."""
    kept: list[TextLine] = []
    related: list[str] = []
    # A headline follows a bare "read also"; if it is the first item of a list, so do the others.
    waiting = listed = spaced = False
    outlook = Lookahead(lines)
    for at, line in enumerate(lines):
        bulleted = _BULLET.sub("", line.text)
        if line.kind is LineKind.LIST_HEADING and outlook.text_continues(at + 1):
            waiting, spaced = True, line.gap
        elif line.kind is LineKind.RELATED:
            waiting, listed, spaced = not line.text, False, line.gap
            related += [line.text] if line.text else []
        elif waiting and _is_next_headline(lines, at, related, listed=listed):
            related.append(bulleted)
            listed = bulleted != line.text
            # A list without bullets ends at an empty line, if one separates it from the text.
            waiting = listed or (spaced and at + 1 < len(lines) and not lines[at + 1].gap)
        elif _continues_headline(lines, at):
            related[-1] = f"{related[-1]} {line.text}"
        else:
            waiting = listed = False
            kept.append(line)
    return kept, related


def _is_next_headline(
    lines: Sequence[TextLine], at: int, related: Sequence[str], *, listed: bool
) -> bool:
    """Return whether a line below a bare "read also" is a headline too, and no name."""
    line, above = lines[at], lines[at - 1]
    is_first = not related or _BULLET.sub("", above.text) != related[-1]
    if not (is_first or listed) and _is_name(line.text):
        return False
    return line.kind is LineKind.TEXT and _is_headline(line.text, listed=listed)


def _is_name(text: str) -> bool:
    """Return whether a line names the publication or an author."""
    return bool(parse_byline(text)) or (is_nameplate(text) and count_words(text) <= _MAX_NAME_WORDS)


def _is_headline(text: str, *, listed: bool) -> bool:
    if listed and not _BULLET.match(text):
        return False
    return count_words(text) <= _MAX_HEADLINE_WORDS and (
        not text.endswith(".") or text.endswith("...")
    )


def _continues_headline(lines: Sequence[TextLine], at: int) -> bool:
    # A long headline that was wrapped: it goes on in lower case and does not end as prose does.
    line, above = lines[at], lines[at - 1] if at else None
    return (
        above is not None
        and above.kind is LineKind.RELATED
        and len(above.text) >= MIN_CONTINUED_LINE
        and line.kind is LineKind.TEXT
        and not line.gap
        and line.text[:1].islower()
        and len(line.text) <= MAX_CONTINUATION
        and not is_sentence(line.text)
    )
