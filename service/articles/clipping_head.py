"""Pure: what stands above the first paragraph: section, headline, dates, perhaps authors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.articles.bylines import has_cue, is_name, is_press_like, read_byline
from service.articles.clipping_lines import Kind, Line, crumbs_of
from service.articles.furniture import is_doubled
from service.articles.typography import count_words, fold, is_sentence, opens_quote, unquote

_SECTION_LABEL = re.compile(
    r"^(?:rubrique|section|catégorie|category)\s?:\s*|^#+\s*", re.IGNORECASE
)
_GENERIC = frozenset(
    {"actualite", "actualites", "news", "articles", "a la une", "toute l'actualite"}
)


@dataclass(slots=True, kw_only=True)
class Head:
    """What was found above the text; `rest` is where the text begins."""

    section: str | None = None
    title: str | None = None
    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    updated: datetime | None = None
    crumbs: list[str] = field(default_factory=list)
    texts: list[Line] = field(default_factory=list)
    # Lines that belong to the text although they stand among the head's.
    strays: list[Line] = field(default_factory=list)
    rest: int = 0

    def date(self, line: Line) -> None:
        """Take a date line's instants; the first of each kind is the article's own."""
        self.published = self.published or line.published
        self.updated = self.updated or line.updated
        self.authors += line.authors


def read_head(lines: Sequence[Line]) -> Head:
    """Read the head; `title` stays None when there is no headline."""
    head = Head()
    dated = False
    for index, line in enumerate(lines):
        head.rest = index
        if line.kind is Kind.TEXT:
            if _begins_text(line, head, dated=dated, following=lines[index + 1 :]):
                break
            _take_text(line, head)
        elif line.kind is Kind.DATE:
            dated = True
            head.date(line)
        elif line.kind is Kind.CRUMBS:
            head.crumbs = head.crumbs or crumbs_of(line)
        elif line.kind is Kind.RELATED:
            head.strays.append(line)
    else:
        head.rest = len(lines)
    _settle(head)
    return head


def is_section_like(text: str) -> bool:
    """Tell whether a line could be the name of a section: a few words and no more."""
    return (
        len(text) <= 40
        and count_words(text) <= 4
        and not is_sentence(text)
        and not re.search(r"[.:!?;«»\"“”…]|\d{3}", _SECTION_LABEL.sub("", text))
    )


def _begins_text(line: Line, head: Head, *, dated: bool, following: Sequence[Line]) -> bool:
    text = line.text
    titled = bool(head.texts) and not (len(head.texts) == 1 and is_section_like(head.texts[0].text))
    if has_cue(text) and read_byline(text):
        return False
    if any(fold(text) == fold(known.text) for known in head.texts):
        return False
    if titled:
        return _follows_headline(text, dated=dated, following=following)
    if unquote(text) is not None or opens_quote(text):
        return dated or len(text) > 160
    long = is_sentence(text) and count_words(text) >= (12 if head.texts else 25)
    return long and (dated or not _stands_before_dates(following)) and not text.endswith(("?", "!"))


def _follows_headline(text: str, *, dated: bool, following: Sequence[Line]) -> bool:
    if unquote(text) is not None or opens_quote(text):
        return True
    if is_name(text) and not is_press_like(text):
        return False
    if is_sentence(text) and text.endswith((".", "…", "»", '"', "”", ":")):
        # A standfirst between headline and dates is prose already.
        return True
    return dated or not (_stands_before_dates(following) or is_section_like(text))


def _stands_before_dates(following: Sequence[Line]) -> bool:
    for line in following[:4]:
        if line.kind is Kind.DATE:
            return True
        if line.kind is Kind.TEXT and is_sentence(line.text) and count_words(line.text) > 25:
            return False
    return False


def _take_text(line: Line, head: Head) -> None:
    if head.texts and has_cue(line.text) and read_byline(line.text):
        head.authors += read_byline(line.text)
    elif not any(fold(line.text) == fold(known.text) for known in head.texts):
        head.texts.append(line)


def _settle(head: Head) -> None:
    """Decide which of the lines above the text is the section and which the headline."""
    lines = [line for line in head.texts if not is_doubled(line.text)] or head.texts
    lines = _without_site_name(lines)
    names = [line for line in lines[1:] if is_name(line.text) and not is_press_like(line.text)]
    for line in names:
        if len(lines) > 2 or not is_section_like(lines[0].text):
            lines.remove(line)
            head.authors.append(line.text)
    steps = [step for step in head.crumbs if fold(step) not in _GENERIC]
    if len(lines) > 1 and is_section_like(lines[0].text):
        head.section = _SECTION_LABEL.sub("", lines.pop(0).text)
    elif len(lines) > 1 and is_section_like(lines[1].text) and count_words(lines[1].text) <= 2:
        head.section = lines.pop(1).text
    elif steps and is_section_like(steps[0]):
        head.section = steps[0]
    _choose_title(lines, head, steps)


def _choose_title(lines: list[Line], head: Head, steps: list[str]) -> None:
    if len(lines) > 1 and _is_kicker(lines[0].text) and count_words(lines[1].text) >= 5:
        lines.pop(0)
    if lines and (count_words(lines[0].text) > 2 or re.search(r"[:!?«\"]", lines[0].text)):
        head.title = lines.pop(0).text
    elif steps and count_words(steps[-1]) >= 5:
        head.title = steps[-1]
    if head.section is None and lines and head.title == (steps[-1] if steps else None):
        head.section = lines.pop(0).text
    head.strays += [line for line in lines if line.text != head.section]


def _is_kicker(text: str) -> bool:
    return is_section_like(text) and count_words(text) <= 3


def _without_site_name(lines: list[Line]) -> list[Line]:
    # A logo may stand above the section; then two section-like lines precede the headline.
    several = len(lines) > 2 and all(is_section_like(line.text) for line in lines[:2])
    if several and is_press_like(lines[0].text) and not is_press_like(lines[1].text):
        return lines[1:]
    return list(lines)
