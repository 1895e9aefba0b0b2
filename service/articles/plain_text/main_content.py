"""Pure: select the lines of the article on a page that was copied whole.

Once its headline is known, only these lines are kept: above the text, dates, bylines and
standfirsts; in it, paragraphs with their subheadings and lists; below it, a byline. Share bars,
boxes, comments and footers are left out.
"""

import re
from collections.abc import Callable, Sequence

from service.articles.parsing.bylines import (
    has_byline_cue,
    is_person_name,
    is_publication_like,
    parse_byline,
)
from service.articles.parsing.given_names import GIVEN_NAMES
from service.articles.parsing.typography import count_words, fold, is_sentence
from service.articles.plain_text.lines import LineKind, TextLine

_BULLET = re.compile(r"[-–—•*▪■►→·]\s")
_COMMENTS = re.compile(
    r"(?:\W*\d*\s*)?(?:commentaires?|comments?|réactions?|comentarios?|comentários?|kommentare?"
    r"|discussion)\b.{0,30}"
    r"|(?:laisse[rz]|ajoute[rz]|leave|add|post|write|read|view|join)\b.{0,20}"
    r"\b(?:commentaires?|réponse|comments?|reply|discussion)\b.{0,20}"
    r"|(?:reader|user) (?:comments?|discussion)",
    re.IGNORECASE,
)
_MAX_GAP = 12
_SMALL_GAP = 3
_LONG_PARAGRAPH_WORDS = 25
_MIN_PARAGRAPH_WORDS = 3
_MIN_STANDFIRST_WORDS = 8
_MAX_SUBHEADING_WORDS = 14
_MAX_BYLINE_DISTANCE = 4


def select_article_lines(
    lines: Sequence[TextLine], *, at: int | None, first: int, is_prose: Callable[[TextLine], bool]
) -> list[TextLine]:
    """Return the lines of the article whose headline is line `at` and whose text starts at `first`.

    If the page does not hold the headline (`at` is None), only the text is returned.
    """
    head = [] if at is None else [lines[at], *_head(lines, at, first)]
    return [*head, *_body(lines, max(first, -1 if at is None else at + 1), is_prose)]


def _head(lines: Sequence[TextLine], at: int, first: int) -> list[TextLine]:
    below = range(at + 1, first)
    return [lines[index] for index in below if _introduces(lines[index], index - at)]


def _introduces(line: TextLine, distance: int) -> bool:
    """Return whether a line between headline and text is a date, a byline or a standfirst."""
    if line.kind is not LineKind.TEXT:
        return line.kind in {LineKind.DATE, LineKind.RELATED}
    if parse_byline(line.text):
        return has_byline_cue(line.text) or (
            distance <= _MAX_BYLINE_DISTANCE and names_known_author(line.text)
        )
    return is_sentence(line.text) and count_words(line.text) >= _MIN_STANDFIRST_WORDS


def names_known_author(text: str) -> bool:
    """Return whether a line names an author, and is not the label of a box or a button."""
    names = parse_byline(text)
    return any(
        is_publication_like(text)
        or not is_person_name(name)
        or fold(name.split()[0]) in GIVEN_NAMES
        for name in names
    )


def _body(
    lines: Sequence[TextLine], first: int, is_prose: Callable[[TextLine], bool]
) -> list[TextLine]:
    """Return the paragraphs, and the single lines between two of them."""
    kept: list[TextLine] = []
    between: list[TextLine] = []
    closed = False
    for index in range(first, len(lines)):
        line = lines[index]
        if is_prose(line) or (_is_paragraph(line) and len(between) < _SMALL_GAP):
            if kept and _is_apart(between, line, closed=closed):
                break
            kept += [*_inner(between, kept), line]
            between = []
            continue
        closed = (
            closed
            or line.kind is LineKind.LIST_HEADING
            or _COMMENTS.fullmatch(line.text) is not None
        )
        between.append(line)
        if len(between) > _MAX_GAP:
            break
    return [*kept, *_byline_below(between)]


def _is_paragraph(line: TextLine) -> bool:
    return (
        line.kind is LineKind.TEXT
        and is_sentence(line.text)
        and count_words(line.text) >= _MIN_PARAGRAPH_WORDS
    )


def _is_apart(between: Sequence[TextLine], line: TextLine, *, closed: bool) -> bool:
    """Return whether prose below other lines is no longer the article but a comment or a box."""
    if len(between) > 1 and any(each.kind is LineKind.DATE for each in between):
        return True
    return len(between) >= _SMALL_GAP and (closed or count_words(line.text) < _LONG_PARAGRAPH_WORDS)


def _inner(between: Sequence[TextLine], above: Sequence[TextLine]) -> list[TextLine]:
    """Return those lines between two paragraphs that are a related link, a subheading or a list."""
    texts = [line for line in between if line.kind is LineKind.TEXT]
    announced = bool(above) and above[-1].text.endswith(":")
    alone = announced or (len(texts) == 1 and count_words(texts[0].text) <= _MAX_SUBHEADING_WORDS)
    return [
        line
        for line in between
        if line.kind is LineKind.RELATED
        or (line.kind is LineKind.TEXT and (alone or _BULLET.match(line.text) is not None))
    ]


def _byline_below(below: Sequence[TextLine]) -> list[TextLine]:
    """Return the related links and the byline right below the text."""
    near = [line for line in below if line.kind is not LineKind.CAPTION][:2]
    bylines = [line for line in near if line.kind is LineKind.TEXT and parse_byline(line.text)]
    related = [line for line in below[:_SMALL_GAP] if line.kind is LineKind.RELATED]
    return [
        *related,
        *(line for line in bylines if has_byline_cue(line.text) or names_known_author(line.text)),
    ]
