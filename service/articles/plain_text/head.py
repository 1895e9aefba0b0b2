"""Pure: parse the lines above the first paragraph: section, headline, dates, perhaps authors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.articles.parsing.boilerplate import is_repeated_text
from service.articles.parsing.bylines import (
    has_byline_cue,
    is_author_note,
    is_person_name,
    is_publication_like,
    name_before_profession,
    parse_byline,
)
from service.articles.parsing.typography import count_words, fold, is_sentence, opens_quote, unquote
from service.articles.plain_text.lines import (
    MAX_CONTINUATION,
    MIN_CONTINUED_LINE,
    LineKind,
    TextLine,
    breadcrumbs_of,
)

_SECTION_LABEL = re.compile(
    r"^(?:rubrique|section|catégorie|category)\s?:\s*|^#+\s*", re.IGNORECASE
)
# A line of only these words is a section even where a headline is missing.
_SECTION_WORDS = frozenset(
    """
    continent afrique africa ouest est nord sud central centrale australe west east north south
    monde world international politique politics economie economy finance finances business marches
    societe society faits divers sport sports football culture cultures arts art livres musique
    cinema science sciences techno tech technologie technologies numerique sante health
    environnement environment climat climate education justice securite security medias media
    opinion opinions debat debats tribune tribunes idees analyse analyses vie pratique people
    region regions agriculture religion religions diaspora actualite actualites actu news une
    de du des d l la le les et a & the and of
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
# "CAN 2024" and "Présidentielle 2023" are sections.
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LINES_AT_END = 12
_MAX_HEAD_LINES = 60
_GENERIC_SECTIONS = frozenset(
    {"actualite", "actualites", "news", "articles", "a la une", "toute l'actualite"}
)

# Characters.
_MAX_SECTION = 40
_MAX_SECTION_WORDS = 4
# Words of which each is known from section names.
_MAX_KNOWN_SECTION_WORDS = 5
# Characters.
_MAX_QUOTED_HEADLINE = 160
_MIN_PROSE_WORDS = 8
_MAX_PLAIN_SECTION_WORDS = 2
_MAX_HEADLINE_WORDS = 25
# Words that make a line a headline although it follows a kicker or breadcrumbs.
_MIN_HEADLINE_WORDS = 5
_MAX_KICKER_WORDS = 3
# Site, section, headline.
_LINES_WITH_SITE_NAME = 3


@dataclass(slots=True, kw_only=True)
class ClippingHead:
    """What was found above the text; `text_start` is the index of the text's first line."""

    section: str | None = None
    title: str | None = None
    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    updated: datetime | None = None
    breadcrumbs: list[str] = field(default_factory=list)
    # "À la une" or "#Continent" on the first line: the section if no other is found.
    top_label: str | None = None
    texts: list[TextLine] = field(default_factory=list)
    # Lines among the head's that belong to the text.
    leftovers: list[TextLine] = field(default_factory=list)
    text_start: int = 0

    def add_dates(self, line: TextLine) -> None:
        """Add the times of a date line; the first of each kind is the article's."""
        self.published = self.published or line.published
        self.updated = self.updated or line.updated
        self.authors += line.authors


def parse_head(lines: Sequence[TextLine]) -> ClippingHead:
    """Parse the head; `title` is None when there is no headline."""
    head = ClippingHead()
    dated = False
    for index, line in enumerate(lines[:_MAX_HEAD_LINES]):
        head.text_start = index
        if line.kind is LineKind.TEXT:
            if _begins_text(line, head, dated=dated, following=lines[index + 1 : index + 5]):
                break
            _add_text(line, head, dated=dated)
        elif line.kind is LineKind.DATE:
            dated = True
            head.add_dates(line)
        elif line.kind is LineKind.BREADCRUMBS:
            head.breadcrumbs = head.breadcrumbs or breadcrumbs_of(line)
        elif line.kind is LineKind.RELATED:
            head.leftovers.append(line)
        elif index == 0 and (
            line.kind is LineKind.LIST_HEADING or re.fullmatch(r"#\w+", line.text)
        ):
            head.top_label = line.text.lstrip("#")
    else:
        head.text_start = min(len(lines), _MAX_HEAD_LINES)
    _choose_section_and_title(head, below=[line.text for line in lines[-_LINES_AT_END:]])
    return head


def is_section_like(text: str) -> bool:
    """Return whether a line has the shape of a section's name: a few words and nothing else."""
    if len(text) <= _MAX_SECTION and all(
        word in _SECTION_WORDS for word in re.findall(r"\w+", fold(text))
    ):
        # "Vie pratique : santé" has a headline's colon, but no word of one.
        return bool(text.strip(" :"))
    return (
        len(text) <= _MAX_SECTION
        and count_words(text) <= _MAX_SECTION_WORDS
        and not is_sentence(text)
        and not re.search(r"[.:!?;«»\"“”…]|\d{3}", _YEAR.sub("", _SECTION_LABEL.sub("", text)))
    )


def is_known_section(text: str) -> bool:
    """Return whether a line consists only of words that section names are made of."""
    words = re.findall(r"\w+", fold(text))
    return (
        0 < len(words) <= _MAX_KNOWN_SECTION_WORDS
        and len(text) <= _MAX_SECTION
        and all(w in _SECTION_WORDS for w in words)
    )


def _begins_text(
    line: TextLine, head: ClippingHead, *, dated: bool, following: Sequence[TextLine]
) -> bool:
    text = line.text
    titled = bool(head.texts) and not (len(head.texts) == 1 and is_section_like(head.texts[0].text))
    if _is_byline_here(text, head, dated=dated) or (
        head.authors and titled and is_author_note(text) and not is_sentence(text)
    ):
        return False
    if any(fold(text) == fold(known.text) for known in head.texts) or _is_wrapped(line, head):
        return False
    if titled:
        return _follows_headline(text, dated=dated, following=following)
    if unquote(text) is not None or opens_quote(text):
        return dated or len(text) > _MAX_QUOTED_HEADLINE or _is_lede(text, head, following)
    prose = (
        is_sentence(text)
        and count_words(text) >= _MIN_PROSE_WORDS
        and not text.endswith(("?", "!"))
    )
    return prose and (dated or not _stands_before_dates(following))


def _is_lede(text: str, head: ClippingHead, following: Sequence[TextLine]) -> bool:
    # Under a short line and without dates a quotation may be the headline or the lede: a lede
    # ends like a sentence, and a line that can be no section is the headline.
    if not head.texts or _stands_before_dates(following):
        return False
    above = fold(head.texts[0].text).replace("'", " ").split()
    can_be_section = len(above) <= _MAX_PLAIN_SECTION_WORDS or all(
        word in _SECTION_WORDS for word in above
    )
    return (unquote(text) or "").endswith(".") or not can_be_section


def _follows_headline(text: str, *, dated: bool, following: Sequence[TextLine]) -> bool:
    if unquote(text) is not None or opens_quote(text):
        return True
    if is_person_name(text) and not is_publication_like(text):
        return False
    if is_sentence(text) and text.endswith((".", "…", "»", '"', "”", ":")):
        # A standfirst between headline and dates is prose already.
        return True
    return dated or not (_stands_before_dates(following) or is_section_like(text))


def _stands_before_dates(following: Sequence[TextLine]) -> bool:
    for line in following[:4]:
        if line.kind is LineKind.DATE:
            return True
        if (
            line.kind is LineKind.TEXT
            and is_sentence(line.text)
            and count_words(line.text) > _MAX_HEADLINE_WORDS
        ):
            return False
    return False


def _is_wrapped(line: TextLine, head: ClippingHead) -> bool:
    # A headline that was broken at a fixed width goes on in lower case right below.
    return (
        bool(head.texts)
        and not line.gap
        and line.text[:1].islower()
        and len(head.texts[-1].text) >= MIN_CONTINUED_LINE
        and not is_sentence(head.texts[-1].text)
        and not is_section_like(head.texts[-1].text)
        and len(line.text) <= MAX_CONTINUATION
    )


def _is_byline_here(text: str, head: ClippingHead, *, dated: bool) -> bool:
    # Right below headline and dates a name needs no "by".
    if not _names_in(text):
        return False
    titled = len(head.texts) > 1 or (bool(head.texts) and not is_section_like(head.texts[0].text))
    return has_byline_cue(text) or (dated and titled)


def _names_in(text: str) -> tuple[str, ...]:
    called = name_before_profession(text)
    return parse_byline(text) or ((called,) if called else ())


def _add_text(line: TextLine, head: ClippingHead, *, dated: bool) -> None:
    if head.texts and _is_byline_here(line.text, head, dated=dated):
        head.authors += _names_in(line.text)
    elif head.authors and is_author_note(line.text):
        return
    elif _is_wrapped(line, head):
        head.texts[-1] = replace(line, text=f"{head.texts[-1].text} {line.text}")
    elif not any(fold(line.text) == fold(known.text) for known in head.texts):
        head.texts.append(line)


def _choose_section_and_title(head: ClippingHead, *, below: Sequence[str]) -> None:
    """Choose the section and the headline among the lines above the text."""
    lines = [line for line in head.texts if not is_repeated_text(line.text)] or head.texts
    lines = _without_site_name(lines, below)
    names = [
        line
        for line in lines[1:]
        if is_person_name(line.text) and not is_publication_like(line.text)
    ]
    for line in names:
        if len(lines) >= _LINES_WITH_SITE_NAME or not is_section_like(lines[0].text):
            lines.remove(line)
            head.authors.append(line.text)
    steps = [step for step in head.breadcrumbs if fold(step) not in _GENERIC_SECTIONS]
    if len(lines) > 1 and is_section_like(lines[0].text):
        head.section = _SECTION_LABEL.sub("", lines.pop(0).text)
    elif (
        len(lines) > 1
        and is_section_like(lines[1].text)
        and count_words(lines[1].text) <= _MAX_PLAIN_SECTION_WORDS
    ):
        head.section = lines.pop(1).text
    elif steps and is_section_like(steps[0]):
        head.section = steps[0]
    elif head.top_label and lines:
        head.section = head.top_label
    _choose_title(lines, head, steps)


def _choose_title(lines: list[TextLine], head: ClippingHead, steps: list[str]) -> None:
    if (
        len(lines) > 1
        and _is_kicker(lines[0].text)
        and count_words(lines[1].text) >= _MIN_HEADLINE_WORDS
    ):
        lines.pop(0)
    alone = len(lines) == 1 and not steps and head.section is not None
    if lines and (alone or _is_headline(lines[0].text, head)):
        head.title = lines.pop(0).text
    elif steps and count_words(steps[-1]) >= _MIN_HEADLINE_WORDS:
        head.title = steps[-1]
    if head.section is None and lines and head.title == (steps[-1] if steps else None):
        head.section = lines.pop(0).text
    head.leftovers += [line for line in lines if line.text != head.section]


def _is_headline(text: str, head: ClippingHead) -> bool:
    if head.section is not None:
        return not (is_person_name(text) and not is_publication_like(text))
    words = fold(text).replace("'", " ").split()
    if all(word in _SECTION_WORDS for word in words):
        return False
    return len(words) > _MAX_PLAIN_SECTION_WORDS or re.search(r"[:!?«\"]", text) is not None


def _is_kicker(text: str) -> bool:
    return is_section_like(text) and count_words(text) <= _MAX_KICKER_WORDS


def _without_site_name(lines: Sequence[TextLine], below: Sequence[str]) -> list[TextLine]:
    # A logo may stand above the section; then two section-like lines precede the headline.
    if len(lines) < _LINES_WITH_SITE_NAME or not all(
        is_section_like(line.text) for line in lines[:2]
    ):
        return list(lines)
    first, second = (fold(line.text) for line in lines[:2])
    is_site = any(first == fold(text) for text in below) or (
        is_publication_like(lines[0].text)
        and not all(word in _SECTION_WORDS for word in first.split())
    )
    is_section = not is_publication_like(lines[1].text) or all(
        word in _SECTION_WORDS for word in second.split()
    )
    return list(lines[1:] if is_site and is_section else lines)
