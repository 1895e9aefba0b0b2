"""Pure: what belongs to the article on a page that was copied whole.

Once its headline is known, everything else must still earn its place: above the text only dates,
bylines and standfirsts, in it paragraphs with their subheadings and lists, below it a signature.
Share bars, boxes, comments and footers are left out.
"""

import re
from collections.abc import Callable, Sequence

from service.articles.bylines import has_cue, is_name, is_press_like, read_byline
from service.articles.clipping_lines import Kind, Line
from service.articles.given_names import GIVEN_NAMES
from service.articles.typography import count_words, fold, is_sentence

_BULLET = re.compile(r"[-–—•*▪■►→·]\s")
_COMMENTS = re.compile(
    r"(?:\W*\d*\s*)?(?:commentaires?|comments?|réactions?|comentarios?|comentários?|kommentare?"
    r"|discussion)\b.{0,30}"
    r"|(?:laisse[rz]|ajoute[rz]|leave|add|post|write|read|view|join)\b.{0,20}"
    r"\b(?:commentaires?|réponse|comments?|reply|discussion)\b.{0,20}"
    r"|(?:reader|user) (?:comments?|discussion)",
    re.IGNORECASE,
)
_WIDE = 12
_NARROW = 3
_LONG = 25
_SHORT = 3
_LEDE = 8
_SUBHEAD = 14
_BELOW_TITLE = 4


def article_of(
    lines: Sequence[Line], *, at: int | None, first: int, is_prose: Callable[[Line], bool]
) -> list[Line]:
    """Return the lines of the article whose headline is line `at` and whose text is at `first`.

    Without a headline on the page (`at` is None) only the text is returned.
    """
    head = [] if at is None else [lines[at], *_head(lines, at, first)]
    return [*head, *_body(lines, max(first, -1 if at is None else at + 1), is_prose)]


def _head(lines: Sequence[Line], at: int, first: int) -> list[Line]:
    below = range(at + 1, first)
    return [lines[index] for index in below if _introduces(lines[index], index - at)]


def _introduces(line: Line, distance: int) -> bool:
    """Tell whether a line between headline and text dates, signs or sums up the article."""
    if line.kind is not Kind.TEXT:
        return line.kind in {Kind.DATE, Kind.RELATED}
    if read_byline(line.text):
        return has_cue(line.text) or (distance <= _BELOW_TITLE and is_person(line.text))
    return is_sentence(line.text) and count_words(line.text) >= _LEDE


def is_person(text: str) -> bool:
    """Tell whether a line names somebody whom a site would not name a box or a button after."""
    names = read_byline(text)
    return any(
        is_press_like(text) or not is_name(name) or fold(name.split()[0]) in GIVEN_NAMES
        for name in names
    )


def _body(lines: Sequence[Line], first: int, is_prose: Callable[[Line], bool]) -> list[Line]:
    """Return the paragraphs, and what stands alone between two of them."""
    kept: list[Line] = []
    between: list[Line] = []
    closed = False
    for index in range(first, len(lines)):
        line = lines[index]
        if is_prose(line) or (_is_paragraph(line) and len(between) < _NARROW):
            if kept and _is_apart(between, line, closed=closed):
                break
            kept += [*_inner(between, kept), line]
            between = []
            continue
        closed = closed or line.kind is Kind.LISTING or _COMMENTS.fullmatch(line.text) is not None
        between.append(line)
        if len(between) > _WIDE:
            break
    return [*kept, *_signature(between)]


def _is_paragraph(line: Line) -> bool:
    return line.kind is Kind.TEXT and is_sentence(line.text) and count_words(line.text) >= _SHORT


def _is_apart(between: Sequence[Line], line: Line, *, closed: bool) -> bool:
    """Tell whether prose below other lines is no longer the article: a comment, a box."""
    if len(between) > 1 and any(each.kind is Kind.DATE for each in between):
        return True
    return len(between) >= _NARROW and (closed or count_words(line.text) < _LONG)


def _inner(between: Sequence[Line], above: Sequence[Line]) -> list[Line]:
    """Return what of the lines between two paragraphs is a pointer, a subheading or a list."""
    texts = [line for line in between if line.kind is Kind.TEXT]
    announced = bool(above) and above[-1].text.endswith(":")
    alone = announced or (len(texts) == 1 and count_words(texts[0].text) <= _SUBHEAD)
    return [
        line
        for line in between
        if line.kind is Kind.RELATED
        or (line.kind is Kind.TEXT and (alone or _BULLET.match(line.text) is not None))
    ]


def _signature(below: Sequence[Line]) -> list[Line]:
    """Return who signs right below the text."""
    near = [line for line in below if line.kind is not Kind.CAPTION][:2]
    signs = [line for line in near if line.kind is Kind.TEXT and read_byline(line.text)]
    pointers = [line for line in below[:_NARROW] if line.kind is Kind.RELATED]
    return [*pointers, *(line for line in signs if has_cue(line.text) or is_person(line.text))]
