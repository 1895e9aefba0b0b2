"""Pure: what stands below the last paragraph: authors, then the site's own furniture.

Seen from the end, a copied page has a slogan, a call to subscribe, the name of the site's logo
and, above them, the authors' names. Any of these may be missing, and a name alone may as well
be a subheading in the text, so position decides together with the words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from service.articles.bylines import has_cue, is_house, is_press_like, read_byline
from service.articles.clipping_lines import Kind, Line
from service.articles.clipping_outlook import Outlook, any_from
from service.articles.furniture import is_doubled, is_nameplate, names_logo
from service.articles.given_names import GIVEN_NAMES
from service.articles.typography import QUOTES, count_words, fold, is_sentence

_TITLED = re.compile(
    r"(?:(?:Le|La|Les|The) |L['’])[A-ZÀ-Þ][\w'’-]*(?: (?:d[eu]s? |d['’])?[A-ZÀ-Þ][\w'’-]*)*$"
)
_SLOGAN = 20
_SLOGANS = 2
_TITLE = 3
_LOOK = 12


class Role(Enum):
    """What a line near the end does."""

    SIGN = auto()
    LOGO = auto()
    PROSE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Where the text ends, who signs it, and what the furniture below says."""

    end: int
    authors: tuple[str, ...]
    furniture: tuple[str, ...]


def read_tail(lines: Sequence[Line], *, signed: bool) -> Tail:
    """Find the end of the text in `lines`; `signed` if authors already stood above it."""
    closing = _find_closing(lines)
    below = tuple(line.text for line in lines[closing:] if line.text)
    site = "\n".join(fold(text) for text in below)
    start = _run_start(lines, closing, below, site)
    roles = [_role(lines[at], site) for at in range(start, closing)]
    roles = _part_names_from_logo(lines[start:closing], roles, closed=bool(below))
    logo = roles.index(Role.LOGO) if Role.LOGO in roles else len(roles)
    signs = [at for at, role in enumerate(roles[:logo]) if role is Role.SIGN]
    authors = [name for at in signs for name in _signers(lines[start + at].text)]
    end = start + min([*signs, logo])
    if not signs and logo == len(roles) and below:
        end = _without_slogan(lines, end)
    furniture = (*(line.text for line in lines[end:closing]), *below)
    if signed and len(signs) == 1 and below and not has_cue(lines[start + signs[0]].text):
        # Whoever wrote it was named at the top; a different name alone here is the logo's.
        authors = []
    return Tail(end=end, authors=tuple(authors), furniture=furniture)


def _signers(text: str) -> tuple[str, ...]:
    return read_byline(text) or (text,)


def _find_closing(lines: Sequence[Line]) -> int:
    """Return the first line from which on everything is the site's, or the number of lines."""
    outlook = Outlook(lines)
    roles = [_role(line, "") for line in lines]
    ends = any_from(
        lines,
        lambda at: at > 0 and outlook.closing[at] and roles[at - 1] in {Role.LOGO, Role.SIGN},
    )
    for at, line in enumerate(lines):
        if (
            at
            and roles[at - 1] is Role.SIGN
            and roles[at] is Role.LOGO
            and is_nameplate(line.text)
            and not outlook.has_prose(at + 1, more_than=1)
        ):
            # Author and logo in a row: below them even long texts are the site's.
            return at + 1
        if not outlook.closing[at] or outlook.text_goes_on(at + 1):
            continue
        # A call stood inside the article: prose around it, the page's end further on.
        inside = at > 0 and roles[at - 1] is Role.PROSE and ends[min(at + 2, len(lines))]
        if not inside:
            return at
    return len(lines)


def _run_start(lines: Sequence[Line], closing: int, below: Sequence[str], site: str) -> int:
    """Return where the lines begin that may be names, logo or slogan, looking up from below.

    A sentence among them is a slogan only if a logo stands above it: otherwise it is the
    article's last, and a name above it is a subheading.
    """
    start = closing
    for at in range(closing - 1, max(-1, closing - _LOOK), -1):
        role = Role.OTHER if _is_about_author(lines, at) else _role(lines[at], site)
        if role is Role.PROSE and count_words(lines[at].text) > _SLOGAN:
            break
        above = _role(lines[at - 1], site) if at else Role.PROSE
        if (start == at + 1 and role is not Role.PROSE) or (
            role is Role.LOGO
            and _stands_over_slogan(lines, at, start=start, below=below, site=site)
        ):
            start = at
        elif role is Role.SIGN and (above is Role.SIGN or _signs_surely(lines[at])):
            # Two names in a row: the lower one is a logo that looks like a name.
            start = at
    return start


def _signs_surely(line: Line) -> bool:
    return has_cue(line.text) or is_house(line.text)


def _stands_over_slogan(
    lines: Sequence[Line], at: int, *, start: int, below: Sequence[str], site: str
) -> bool:
    """Tell a logo with a slogan of sentences below it from a subheading with its paragraphs."""
    text = lines[at].text
    found = [line for line in lines[start:] if _role(line, site) in {Role.SIGN, Role.LOGO}]
    return (
        start - at <= _SLOGANS + 1
        and is_nameplate(text)
        and all(fold(line.text) == fold(text) for line in found if line.text not in below)
    )


def _is_about_author(lines: Sequence[Line], at: int) -> bool:
    # "Awa Diop", and below it "Awa Diop covers the ports of the gulf …".
    name = fold(lines[at - 1].text) if at else ""
    return (
        bool(name)
        and fold(lines[at].text).startswith(f"{name} ")
        and bool(read_byline(lines[at - 1].text))
    )


def _role(line: Line, site: str) -> Role:
    if line.kind is not Kind.TEXT:
        return Role.OTHER
    text = line.text
    names = read_byline(text)
    if names and (has_cue(text) or is_house(text) or not _is_logo(text, site)):
        return Role.SIGN
    if _is_logo(text, site):
        return Role.LOGO
    return Role.PROSE if is_sentence(text) else Role.OTHER


def _is_logo(text: str, site: str) -> bool:
    words = count_words(text)
    if words > 8 or text[0] in QUOTES:
        return False
    if is_sentence(text) and not is_doubled(text):
        # "La Matinale." is a newsletter's name.
        return words <= _TITLE and _TITLED.match(text.rstrip(".")) is not None
    if names_logo(text) or is_doubled(text) or (words == 1 and text[:1].isupper()):
        return True
    if words <= 5 and (_TITLED.match(text) or text.isupper()) and not read_byline(text):
        return True
    if words >= 2 and fold(text) in site:
        return True
    return words <= 6 and is_press_like(text) and not read_byline(text)


def _part_names_from_logo(run: Sequence[Line], roles: list[Role], *, closed: bool) -> list[Role]:
    """Tell a logo that looks like a name: the last of several names, unknown as a person's."""
    signs = [at for at, role in enumerate(roles) if role is Role.SIGN]
    pseudonym = _with_pseudonym(run, roles)
    if len(signs) < 2 or pseudonym != roles:
        return pseudonym
    if Role.LOGO in roles[: signs[-1]] or _has_logo_below(run, roles, signs[-1]):
        return roles
    last = run[signs[-1]].text
    same = fold(last) == fold(run[signs[-2]].text)
    known = fold(last.split()[0]) in GIVEN_NAMES or is_house(last)
    closed = closed or Role.LOGO in roles or signs[-1] < len(roles) - 1
    if has_cue(last) or (known and not same) or not (closed or same):
        return roles
    parted = list(roles)
    parted[signs[-1]] = Role.LOGO
    if same:
        parted[signs[-2]] = Role.LOGO
    return parted


def _has_logo_below(run: Sequence[Line], roles: Sequence[Role], at: int) -> bool:
    """Tell whether the line right below a name is a logo, and not the same words again."""
    return (
        roles[at + 1 : at + 2] == [Role.LOGO]
        and is_nameplate(run[at + 1].text)
        and fold(run[at + 1].text) != fold(run[at].text)
    )


def _with_pseudonym(run: Sequence[Line], roles: list[Role]) -> list[Role]:
    """Tell a given name that signs alone from the single words that are logos."""
    for at, line in enumerate(run):
        if roles[at] is Role.SIGN:
            break
        if roles[at] is Role.LOGO and fold(line.text) in GIVEN_NAMES:
            below = [Role.LOGO if role is Role.SIGN else role for role in roles[at + 1 :]]
            return [*roles[:at], Role.SIGN, *below]
    return roles


def _without_slogan(lines: Sequence[Line], end: int) -> int:
    while end > 0 and lines[end - 1].kind is Kind.TEXT:
        text = lines[end - 1].text
        if is_sentence(text) or count_words(text) >= 9:
            break
        end -= 1
    return end
