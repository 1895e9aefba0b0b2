"""Pure: parse the lines below the last paragraph: authors, then the site's boilerplate.

Read from the end, a copied page has a slogan, a call to subscribe, the name of the site's logo
and, above them, the authors' names. Any of these may be missing, and a name alone may as well
be a subheading in the text, so position decides together with the words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from service.articles.parsing.boilerplate import is_logo_caption, is_nameplate, is_repeated_text
from service.articles.parsing.bylines import (
    has_byline_cue,
    is_agency_or_newsroom,
    is_publication_like,
    parse_byline,
)
from service.articles.parsing.given_names import GIVEN_NAMES
from service.articles.parsing.typography import QUOTES, count_words, fold, is_sentence
from service.articles.plain_text.lines import LineKind, TextLine
from service.articles.plain_text.lookahead import Lookahead, any_at_or_below

_TITLE_CASE_NAME = re.compile(
    r"(?:(?:Le|La|Les|The) |L['’])[A-ZÀ-Þ][\w'’-]*(?: (?:d[eu]s? |d['’])?[A-ZÀ-Þ][\w'’-]*)*$"
)
_MAX_SLOGAN_WORDS = 20
_MAX_SLOGAN_LINES = 2
_MAX_TITLE_WORDS = 3
_MAX_LINES_UP = 12

_MAX_LOGO_WORDS = 8
# Words of a publication's name in capitals or title case, and of one known by its form.
_MAX_NAME_WORDS = 5
_MAX_PUBLICATION_WORDS = 6
_MAX_CLOSING_WORDS = 8


class TailRole(Enum):
    """What a line near the end is."""

    BYLINE = auto()
    LOGO = auto()
    PROSE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippingTail:
    """Where the text ends (exclusive), its authors, and the lines of boilerplate below."""

    end: int
    authors: tuple[str, ...]
    boilerplate: tuple[str, ...]


def parse_tail(lines: Sequence[TextLine], *, signed: bool) -> ClippingTail:
    """Find the end of the text in `lines`; `signed` says that authors were named above it."""
    closing = _find_closing(lines)
    below = tuple(line.text for line in lines[closing:] if line.text)
    site = "\n".join(fold(text) for text in below)
    start = _run_start(lines, closing, below, site)
    roles = [_role(lines[at], site) for at in range(start, closing)]
    roles = _separate_names_from_logo(lines[start:closing], roles, closed=bool(below))
    logo = roles.index(TailRole.LOGO) if TailRole.LOGO in roles else len(roles)
    signs = [at for at, role in enumerate(roles[:logo]) if role is TailRole.BYLINE]
    authors = [name for at in signs for name in _authors_in(lines[start + at].text)]
    end = start + min([*signs, logo])
    if not signs and logo == len(roles) and below:
        end = _without_slogan(lines, end)
    boilerplate = (*(line.text for line in lines[end:closing]), *below)
    if signed and len(signs) == 1 and below and not has_byline_cue(lines[start + signs[0]].text):
        # The author was named at the top; another name alone here is the logo's.
        authors = []
    return ClippingTail(end=end, authors=tuple(authors), boilerplate=boilerplate)


def _authors_in(text: str) -> tuple[str, ...]:
    return parse_byline(text) or (text,)


def _find_closing(lines: Sequence[TextLine]) -> int:
    """Return the index of the first line of the site's boilerplate, or the number of lines."""
    outlook = Lookahead(lines)
    roles = [_role(line, "") for line in lines]
    ends = any_at_or_below(
        lines,
        lambda at: (
            at > 0 and outlook.closing[at] and roles[at - 1] in {TailRole.LOGO, TailRole.BYLINE}
        ),
    )
    for at, line in enumerate(lines):
        if (
            at
            and roles[at - 1] is TailRole.BYLINE
            and roles[at] is TailRole.LOGO
            and is_nameplate(line.text)
            and not outlook.has_prose(at + 1, more_than=1)
        ):
            # Author, then logo: below them even long texts are the site's.
            return at + 1
        if not outlook.closing[at] or outlook.text_continues(at + 1):
            continue
        # A call stood inside the article: prose around it, the page's end further on.
        inside = at > 0 and roles[at - 1] is TailRole.PROSE and ends[min(at + 2, len(lines))]
        if not inside:
            return at
    return len(lines)


def _run_start(lines: Sequence[TextLine], closing: int, below: Sequence[str], site: str) -> int:
    """Return the index of the first line that may be a name, logo or slogan, searching upwards.

    A sentence among them is a slogan only if a logo stands above it: otherwise it is the
    article's last, and a name above it is a subheading.
    """
    start = closing
    for at in range(closing - 1, max(-1, closing - _MAX_LINES_UP), -1):
        role = TailRole.OTHER if _is_about_author(lines, at) else _role(lines[at], site)
        if role is TailRole.PROSE and count_words(lines[at].text) > _MAX_SLOGAN_WORDS:
            break
        above = _role(lines[at - 1], site) if at else TailRole.PROSE
        if (start == at + 1 and role is not TailRole.PROSE) or (
            role is TailRole.LOGO
            and _stands_over_slogan(lines, at, start=start, below=below, site=site)
        ):
            start = at
        elif role is TailRole.BYLINE and (
            above is TailRole.BYLINE or _is_certain_byline(lines[at])
        ):
            # Two names in a row: the lower one is a logo that looks like a name.
            start = at
    return start


def _is_certain_byline(line: TextLine) -> bool:
    return has_byline_cue(line.text) or is_agency_or_newsroom(line.text)


def _stands_over_slogan(
    lines: Sequence[TextLine], at: int, *, start: int, below: Sequence[str], site: str
) -> bool:
    """Return whether a logo has a slogan of sentences below it, unlike a subheading."""
    text = lines[at].text
    found = [
        line for line in lines[start:] if _role(line, site) in {TailRole.BYLINE, TailRole.LOGO}
    ]
    return (
        start - at <= _MAX_SLOGAN_LINES + 1
        and is_nameplate(text)
        and all(fold(line.text) == fold(text) for line in found if line.text not in below)
    )


def _is_about_author(lines: Sequence[TextLine], at: int) -> bool:
    # "Awa Diop", and below it "Awa Diop covers the ports of the gulf …".
    name = fold(lines[at - 1].text) if at else ""
    return (
        bool(name)
        and fold(lines[at].text).startswith(f"{name} ")
        and bool(parse_byline(lines[at - 1].text))
    )


def _role(line: TextLine, site: str) -> TailRole:
    if line.kind is not LineKind.TEXT:
        return TailRole.OTHER
    text = line.text
    names = parse_byline(text)
    if names and (has_byline_cue(text) or is_agency_or_newsroom(text) or not _is_logo(text, site)):
        return TailRole.BYLINE
    if _is_logo(text, site):
        return TailRole.LOGO
    return TailRole.PROSE if is_sentence(text) else TailRole.OTHER


def _is_logo(text: str, site: str) -> bool:
    words = count_words(text)
    if words > _MAX_LOGO_WORDS or text[0] in QUOTES:
        return False
    if is_sentence(text) and not is_repeated_text(text):
        # "La Matinale." is a newsletter's name.
        return words <= _MAX_TITLE_WORDS and _TITLE_CASE_NAME.match(text.rstrip(".")) is not None
    if is_logo_caption(text) or is_repeated_text(text) or (words == 1 and text[:1].isupper()):
        return True
    if (
        words <= _MAX_NAME_WORDS
        and (_TITLE_CASE_NAME.match(text) or text.isupper())
        and not parse_byline(text)
    ):
        return True
    if words > 1 and fold(text) in site:
        return True
    return words <= _MAX_PUBLICATION_WORDS and is_publication_like(text) and not parse_byline(text)


def _separate_names_from_logo(
    run: Sequence[TextLine], roles: list[TailRole], *, closed: bool
) -> list[TailRole]:
    """Mark a logo that looks like a name: the last of several names, if not a known given name."""
    signs = [at for at, role in enumerate(roles) if role is TailRole.BYLINE]
    pseudonym = _with_pseudonym(run, roles)
    if len(signs) <= 1 or pseudonym != roles:
        return pseudonym
    if TailRole.LOGO in roles[: signs[-1]] or _has_logo_below(run, roles, signs[-1]):
        return roles
    last = run[signs[-1]].text
    same = fold(last) == fold(run[signs[-2]].text)
    known = fold(last.split()[0]) in GIVEN_NAMES or is_agency_or_newsroom(last)
    closed = closed or TailRole.LOGO in roles or signs[-1] < len(roles) - 1
    if has_byline_cue(last) or (known and not same) or not (closed or same):
        return roles
    separated = list(roles)
    separated[signs[-1]] = TailRole.LOGO
    if same:
        separated[signs[-2]] = TailRole.LOGO
    return separated


def _has_logo_below(run: Sequence[TextLine], roles: Sequence[TailRole], at: int) -> bool:
    """Return whether the line right below a name is a logo, and not the same words again."""
    return (
        roles[at + 1 : at + 2] == [TailRole.LOGO]
        and is_nameplate(run[at + 1].text)
        and fold(run[at + 1].text) != fold(run[at].text)
    )


def _with_pseudonym(run: Sequence[TextLine], roles: list[TailRole]) -> list[TailRole]:
    """Mark a given name that signs alone, among single words that are logos."""
    for at, line in enumerate(run):
        if roles[at] is TailRole.BYLINE:
            break
        if roles[at] is TailRole.LOGO and fold(line.text) in GIVEN_NAMES:
            below = [TailRole.LOGO if role is TailRole.BYLINE else role for role in roles[at + 1 :]]
            return [*roles[:at], TailRole.BYLINE, *below]
    return roles


def _without_slogan(lines: Sequence[TextLine], end: int) -> int:
    while end > 0 and lines[end - 1].kind is LineKind.TEXT:
        text = lines[end - 1].text
        if is_sentence(text) or count_words(text) > _MAX_CLOSING_WORDS:
            break
        end -= 1
    return end
