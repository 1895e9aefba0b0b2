"""Pure: what stands below the last paragraph: authors, then the site's own furniture.

Seen from the end, a copied page has a slogan, a call to subscribe, the name of the site's logo
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

_TITLED = re.compile(
    r"(?:(?:Le|La|Les|The) |L['’])[A-ZÀ-Þ][\w'’-]*(?: (?:d[eu]s? |d['’])?[A-ZÀ-Þ][\w'’-]*)*$"
)
_SLOGAN = 20
_SLOGANS = 2
_TITLE = 3
_LOOK = 12


class TailRole(Enum):
    """What a line near the end does."""

    SIGN = auto()
    LOGO = auto()
    PROSE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippingTail:
    """Where the text ends, who signs it, and what the furniture below says."""

    end: int
    authors: tuple[str, ...]
    furniture: tuple[str, ...]


def parse_tail(lines: Sequence[TextLine], *, signed: bool) -> ClippingTail:
    """Find the end of the text in `lines`; `signed` if authors already stood above it."""
    closing = _find_closing(lines)
    below = tuple(line.text for line in lines[closing:] if line.text)
    site = "\n".join(fold(text) for text in below)
    start = _run_start(lines, closing, below, site)
    roles = [_role(lines[at], site) for at in range(start, closing)]
    roles = _part_names_from_logo(lines[start:closing], roles, closed=bool(below))
    logo = roles.index(TailRole.LOGO) if TailRole.LOGO in roles else len(roles)
    signs = [at for at, role in enumerate(roles[:logo]) if role is TailRole.SIGN]
    authors = [name for at in signs for name in _signers(lines[start + at].text)]
    end = start + min([*signs, logo])
    if not signs and logo == len(roles) and below:
        end = _without_slogan(lines, end)
    furniture = (*(line.text for line in lines[end:closing]), *below)
    if signed and len(signs) == 1 and below and not has_byline_cue(lines[start + signs[0]].text):
        # Whoever wrote it was named at the top; a different name alone here is the logo's.
        authors = []
    return ClippingTail(end=end, authors=tuple(authors), furniture=furniture)


def _signers(text: str) -> tuple[str, ...]:
    return parse_byline(text) or (text,)


def _find_closing(lines: Sequence[TextLine]) -> int:
    """Return the first line from which on everything is the site's, or the number of lines."""
    outlook = Lookahead(lines)
    roles = [_role(line, "") for line in lines]
    ends = any_at_or_below(
        lines,
        lambda at: (
            at > 0 and outlook.closing[at] and roles[at - 1] in {TailRole.LOGO, TailRole.SIGN}
        ),
    )
    for at, line in enumerate(lines):
        if (
            at
            and roles[at - 1] is TailRole.SIGN
            and roles[at] is TailRole.LOGO
            and is_nameplate(line.text)
            and not outlook.has_prose(at + 1, more_than=1)
        ):
            # Author and logo in a row: below them even long texts are the site's.
            return at + 1
        if not outlook.closing[at] or outlook.text_goes_on(at + 1):
            continue
        # A call stood inside the article: prose around it, the page's end further on.
        inside = at > 0 and roles[at - 1] is TailRole.PROSE and ends[min(at + 2, len(lines))]
        if not inside:
            return at
    return len(lines)


def _run_start(lines: Sequence[TextLine], closing: int, below: Sequence[str], site: str) -> int:
    """Return where the lines begin that may be names, logo or slogan, looking up from below.

    A sentence among them is a slogan only if a logo stands above it: otherwise it is the
    article's last, and a name above it is a subheading.
    """
    start = closing
    for at in range(closing - 1, max(-1, closing - _LOOK), -1):
        role = TailRole.OTHER if _is_about_author(lines, at) else _role(lines[at], site)
        if role is TailRole.PROSE and count_words(lines[at].text) > _SLOGAN:
            break
        above = _role(lines[at - 1], site) if at else TailRole.PROSE
        if (start == at + 1 and role is not TailRole.PROSE) or (
            role is TailRole.LOGO
            and _stands_over_slogan(lines, at, start=start, below=below, site=site)
        ):
            start = at
        elif role is TailRole.SIGN and (above is TailRole.SIGN or _signs_surely(lines[at])):
            # Two names in a row: the lower one is a logo that looks like a name.
            start = at
    return start


def _signs_surely(line: TextLine) -> bool:
    return has_byline_cue(line.text) or is_agency_or_newsroom(line.text)


def _stands_over_slogan(
    lines: Sequence[TextLine], at: int, *, start: int, below: Sequence[str], site: str
) -> bool:
    """Tell a logo with a slogan of sentences below it from a subheading with its paragraphs."""
    text = lines[at].text
    found = [line for line in lines[start:] if _role(line, site) in {TailRole.SIGN, TailRole.LOGO}]
    return (
        start - at <= _SLOGANS + 1
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
        return TailRole.SIGN
    if _is_logo(text, site):
        return TailRole.LOGO
    return TailRole.PROSE if is_sentence(text) else TailRole.OTHER


def _is_logo(text: str, site: str) -> bool:
    words = count_words(text)
    if words > 8 or text[0] in QUOTES:
        return False
    if is_sentence(text) and not is_repeated_text(text):
        # "La Matinale." is a newsletter's name.
        return words <= _TITLE and _TITLED.match(text.rstrip(".")) is not None
    if is_logo_caption(text) or is_repeated_text(text) or (words == 1 and text[:1].isupper()):
        return True
    if words <= 5 and (_TITLED.match(text) or text.isupper()) and not parse_byline(text):
        return True
    if words >= 2 and fold(text) in site:
        return True
    return words <= 6 and is_publication_like(text) and not parse_byline(text)


def _part_names_from_logo(
    run: Sequence[TextLine], roles: list[TailRole], *, closed: bool
) -> list[TailRole]:
    """Tell a logo that looks like a name: the last of several names, unknown as a person's."""
    signs = [at for at, role in enumerate(roles) if role is TailRole.SIGN]
    pseudonym = _with_pseudonym(run, roles)
    if len(signs) < 2 or pseudonym != roles:
        return pseudonym
    if TailRole.LOGO in roles[: signs[-1]] or _has_logo_below(run, roles, signs[-1]):
        return roles
    last = run[signs[-1]].text
    same = fold(last) == fold(run[signs[-2]].text)
    known = fold(last.split()[0]) in GIVEN_NAMES or is_agency_or_newsroom(last)
    closed = closed or TailRole.LOGO in roles or signs[-1] < len(roles) - 1
    if has_byline_cue(last) or (known and not same) or not (closed or same):
        return roles
    parted = list(roles)
    parted[signs[-1]] = TailRole.LOGO
    if same:
        parted[signs[-2]] = TailRole.LOGO
    return parted


def _has_logo_below(run: Sequence[TextLine], roles: Sequence[TailRole], at: int) -> bool:
    """Tell whether the line right below a name is a logo, and not the same words again."""
    return (
        roles[at + 1 : at + 2] == [TailRole.LOGO]
        and is_nameplate(run[at + 1].text)
        and fold(run[at + 1].text) != fold(run[at].text)
    )


def _with_pseudonym(run: Sequence[TextLine], roles: list[TailRole]) -> list[TailRole]:
    """Tell a given name that signs alone from the single words that are logos."""
    for at, line in enumerate(run):
        if roles[at] is TailRole.SIGN:
            break
        if roles[at] is TailRole.LOGO and fold(line.text) in GIVEN_NAMES:
            below = [TailRole.LOGO if role is TailRole.SIGN else role for role in roles[at + 1 :]]
            return [*roles[:at], TailRole.SIGN, *below]
    return roles


def _without_slogan(lines: Sequence[TextLine], end: int) -> int:
    while end > 0 and lines[end - 1].kind is LineKind.TEXT:
        text = lines[end - 1].text
        if is_sentence(text) or count_words(text) >= 9:
            break
        end -= 1
    return end
