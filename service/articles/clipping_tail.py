"""Pure: what stands below the last paragraph: authors, then the site's own furniture.

Seen from the end, a copied page has a slogan, a call to subscribe, the name of the site's logo
and, above them, the authors' names. Any of these may be missing, and a name alone may as well
be a subheading in the text, so position decides together with the words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from service.articles.bylines import has_cue, is_press_like, read_byline
from service.articles.clipping_lines import Kind, Line
from service.articles.furniture import closes_page, is_call, is_doubled, names_logo
from service.articles.given_names import GIVEN_NAMES
from service.articles.typography import count_words, fold, is_sentence

_LONG = 25
_SLOGAN = 15


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
    start = _run_start(lines, closing, below)
    roles = [_role(lines[at], below) for at in range(start, closing)]
    roles = _part_names_from_logo(lines[start:closing], roles, closed=bool(below))
    logo = roles.index(Role.LOGO) if Role.LOGO in roles else len(roles)
    signs = [at for at, role in enumerate(roles[:logo]) if role is Role.SIGN]
    authors = [name for at in signs for name in read_byline(lines[start + at].text)]
    end = start + min([*signs, logo])
    if not signs and logo == len(roles) and below:
        end = _without_slogan(lines, end)
    furniture = (*(line.text for line in lines[end:closing]), *below)
    if signed and len(signs) == 1 and below and not has_cue(lines[start + signs[0]].text):
        # Whoever wrote it was named at the top; a different name alone here is the logo's.
        authors = []
    return Tail(end=end, authors=tuple(authors), furniture=furniture)


def _find_closing(lines: Sequence[Line]) -> int:
    """Return the first line from which on everything is the site's, or the number of lines."""
    for at, line in enumerate(lines):
        if _closes(line) and not text_goes_on(lines[at + 1 :]):
            return at
    return len(lines)


def _closes(line: Line) -> bool:
    if line.kind is Kind.LISTING:
        return True
    return line.kind in {Kind.FURNITURE, Kind.TEXT} and closes_page(line.text)


def text_goes_on(after: Sequence[Line]) -> bool:
    """Tell whether more of the article follows, so that what stood above interrupted it."""
    prose = [
        count_words(line.text)
        for line in after
        if line.kind is Kind.TEXT and is_sentence(line.text) and not is_call(line.text)
    ]
    if any(words >= _LONG for words in prose) or sum(words >= 8 for words in prose) > 1:
        return True
    # A signature with more furniture below it: this closing line stood inside the article.
    for at, line in enumerate(after):
        if _is_signature(line) and any(_closes(below) for below in after[at + 1 :]):
            return True
    return False


def _is_signature(line: Line) -> bool:
    if line.kind is not Kind.TEXT or not read_byline(line.text):
        return False
    return has_cue(line.text) or not is_press_like(line.text)


def _run_start(lines: Sequence[Line], closing: int, below: Sequence[str]) -> int:
    """Return where the lines begin that may be names, logo or slogan, looking up from below."""
    start = closing
    while start > 0:
        line = lines[start - 1]
        role = _role(line, below)
        slogan = (
            role is Role.PROSE
            and count_words(line.text) <= _SLOGAN
            and start > 1
            and _role(lines[start - 2], below) is Role.LOGO
        )
        if role is Role.PROSE and not slogan:
            break
        start -= 1
    return start


def _role(line: Line, below: Sequence[str]) -> Role:
    if line.kind is not Kind.TEXT:
        return Role.OTHER
    text = line.text
    names = read_byline(text)
    if names and (has_cue(text) or not _is_logo(text, below)):
        return Role.SIGN
    if _is_logo(text, below):
        return Role.LOGO
    return Role.PROSE if is_sentence(text) else Role.OTHER


def _is_logo(text: str, below: Sequence[str]) -> bool:
    words = count_words(text)
    if words > 8 or (is_sentence(text) and not is_doubled(text)):
        return False
    if names_logo(text) or is_doubled(text) or (words <= 5 and text.isupper() and words == 1):
        return True
    if words == 1 and text[:1].isupper():
        return True
    if any(fold(text) in fold(other) for other in below if words >= 2):
        return True
    return words <= 6 and is_press_like(text) and not read_byline(text)


def _part_names_from_logo(run: Sequence[Line], roles: list[Role], *, closed: bool) -> list[Role]:
    """Tell a logo that looks like a name: the last of several names, unknown as a person's."""
    signs = [at for at, role in enumerate(roles) if role is Role.SIGN]
    if len(signs) < 2 or Role.LOGO in roles[: signs[-1]]:
        return roles
    last = run[signs[-1]].text
    same = fold(last) == fold(run[signs[-2]].text)
    known = fold(last.split()[0]) in GIVEN_NAMES
    if has_cue(last) or (known and not same) or not (closed or Role.LOGO in roles or same):
        return roles
    parted = list(roles)
    parted[signs[-1]] = Role.LOGO
    if same:
        parted[signs[-2]] = Role.LOGO
    return parted


def _without_slogan(lines: Sequence[Line], end: int) -> int:
    while end > 0 and lines[end - 1].kind is Kind.TEXT:
        text = lines[end - 1].text
        if is_sentence(text) or count_words(text) >= 9:
            break
        end -= 1
    return end
