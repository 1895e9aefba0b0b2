"""Pure: find where the article begins on a page that was copied whole.

"Select all" copies the site's menu, its consent banner and its most read headlines, too, above the
article's own headline. A wrong headline would go out to every reader, so one is accepted only with
evidence: it is in the breadcrumbs, it is repeated where the text begins, or its date or authors are
right below it, and no other line is a likely candidate. Otherwise none is accepted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.articles.parsing.boilerplate import is_call_to_action
from service.articles.parsing.bylines import (
    has_byline_cue,
    is_person_name,
    is_publication_like,
    parse_byline,
)
from service.articles.parsing.typography import count_words, fold, is_sentence, opens_quote, unquote
from service.articles.plain_text.attribution import is_dateline_or_byline
from service.articles.plain_text.head import is_known_section, is_section_like
from service.articles.plain_text.headline_ranking import HeadlineRanking
from service.articles.plain_text.lines import LineKind, TextLine, breadcrumbs_of
from service.articles.plain_text.main_content import select_article_lines

_NAVIGATION = re.compile(
    r"(?:skip to|jump to|aller au|aller à la|passer au|accéder au|ir para|pular para"
    r"|saltar al|zum) "
    r".{2,30}|(?:back to|retour à|retour au) .{2,30}"
    r"|menu(?: principal)?|main menu|navigation|accueil|home|início|inicio"
    r"|recherche[rz]?\s?:?"
    r"|search|pesquisar|buscar|connexion|se connecter|s'identifier|mon compte|log ?in|sign ?in"
    r"|sign ?up|register|entrar|assine|contact(?:ez-nous)?|about(?: us)?|à propos|fermer|close"
    r"|s'abonner|qui sommes-nous\s?\??|(?:nos )?offres d'emploi|petites annonces"
    r"|subscribe|abonnez-vous|newsletters?|toggle navigation|open menu"
    r"|accessibility.{0,20}"
    r"|الرئيسية|القائمة|بحث|تسجيل الدخول|e-?paper|live|en direct|direct|rss|langue|language",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:skip to|aller au|passer au|accéder au|ir para|pular para|saltar al) .{2,30}"
    r"|menu|navigation"
    r"|accueil|home|início|inicio|rechercher\s?:?|search|connexion|se connecter|log ?in|sign ?in"
    r"|الرئيسية",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"(?=.*\b(?:nous|vous|notre|we|our|you|your|nós|nosso|você|este site|utiliza\w*)\b).*"
    r"(?:\bcookies?\b|vie privée|données personnelles|privacy|consent|navigateur|javascript"
    r"|adblock|bloqueur)|.*ملفات تعريف الارتباط",
    re.IGNORECASE,
)
# "National Desk By Awa Koné": a byline, however it is framed.
_INSIDE = re.compile(r"\b(?:By|Par|Por|Von) [A-ZÀ-Þ]\w|@\w|https?:|^(?:Video|Photos?|Vidéo) ?:")
_MIN_PROSE_WORDS = 12
_MIN_SENTENCE_WORDS = 8
_MIN_WRAPPED_LENGTH = 50
_FEW = 3
_HEADLINE_WORDS = (3, 32)
_MAX_HEAD_TEXTS = 5
_MIN_MENU_ENTRIES = 20
_NEAR = 5
_MAX_CANDIDATES = 4
_MAX_PARAGRAPHS = 12

# Characters.
_MAX_HEADLINE = 240
_MAX_BANNER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineLocation:
    """Where a clipping's article begins.

    `at` is the index of the headline's line, None if it is uncertain; `candidates` are the lines
    that it could be. `section` is set if a line above the headline names it.
    """

    at: int | None
    section: str | None = None
    candidates: tuple[str, ...] = ()


def is_whole_page(lines: Sequence[TextLine]) -> bool:
    """Return whether more than an article was copied: a menu, a banner, lists of headlines."""
    end = next((at for at, line in enumerate(lines) if _opens_text(lines, at)), len(lines))
    head = lines[:end]
    if any(_is_banner(line) for line in head) or _has_many_menu_entries(lines):
        return True
    attributed = [
        at for at, line in enumerate(head) if line.kind is LineKind.DATE or _is_cued_byline(line)
    ]
    top = head[: attributed[0]] if attributed else head
    if any(_NAVIGATION.fullmatch(_plain(line)) for line in top):
        return True
    if any(_MENU.fullmatch(_plain(line)) for line in head):
        return True
    if any(line.kind is LineKind.LIST_HEADING for line in head[1:]):
        return True
    known = {
        fold(line.text): line
        for line in head
        if line.kind is LineKind.TEXT and not _is_cued_byline(line)
    }
    texts = list(known.values())
    short = [line for line in texts if is_section_like(line.text) and not is_person_name(line.text)]
    titles = [line for line in texts if is_headline_like(line)]
    return len(texts) > _MAX_HEAD_TEXTS or len(short) > _FEW or len(titles) >= _FEW


def _has_many_menu_entries(lines: Sequence[TextLine]) -> bool:
    """Return whether a text has more menu and box entries than an article has."""
    entries = sum(1 for line in lines if _is_menu_entry(line))
    return entries >= _MIN_MENU_ENTRIES and entries * 2 > sum(
        1 for line in lines if _is_prose(line)
    )


def _is_menu_entry(line: TextLine) -> bool:
    """Return whether a line is as short as a menu entry, and no name, result or list item."""
    text = line.text
    return (
        line.kind in {LineKind.TEXT, LineKind.BOILERPLATE}
        and 0 < count_words(text) <= _FEW
        and text[0].isalpha()
        and not any(character.isdigit() for character in text)
        and not is_sentence(text)
        and not is_person_name(text)
    )


def locate_headline(lines: Sequence[TextLine]) -> HeadlineLocation:
    """Find the headline of a page that was copied whole."""
    first = _main_text(lines)
    if first is None:
        return HeadlineLocation(at=None, candidates=_any_candidates(lines))
    possible = [at for at in range(first) if is_headline_like(lines[at])]
    steps = [
        (at, breadcrumbs_of(line)) for at, line in enumerate(lines[:first]) if _is_breadcrumbs(line)
    ]
    for crumb, names in reversed(steps):
        below = [at for at in possible if at > crumb and fold(lines[at].text) == fold(names[-1])]
        if below:
            section = names[-2] if len(names) > 1 else None
            return HeadlineLocation(
                at=below[-1], section=section or _section_above(lines, below[-1])
            )
    ranking = HeadlineRanking(lines, possible, first=first, text=_text_start(lines, first))
    found = ranking.find_headline()
    candidates = tuple(candidate.text for candidate in ranking.candidates[:_MAX_CANDIDATES])
    if found is None or _continues_below(lines, found.at):
        return HeadlineLocation(at=None, candidates=candidates or _any_candidates(lines))
    return HeadlineLocation(
        at=found.at, section=_section_above(lines, found.at), candidates=candidates
    )


def locate_given_headline(lines: Sequence[TextLine], title: str) -> HeadlineLocation:
    """Find where an article begins whose headline the operator gave."""
    first = _main_text(lines)
    first = len(lines) if first is None else first
    folded = fold(title)
    same = [at for at, line in enumerate(lines) if fold(line.text) == folded]
    above = [at for at in same if at <= first] or same[:1]
    if above:
        return HeadlineLocation(at=above[-1], section=_section_above(lines, above[-1]))
    return HeadlineLocation(at=None)


def cut_article(lines: Sequence[TextLine], at: int | None) -> list[TextLine]:
    """Return the article's lines; `at` is the line of its headline, None if the page has none."""
    start = 0 if at is None else at + 1
    first = _main_text(lines[start:])
    if first is None:
        return list(lines[max(0, start - 1) :])
    return select_article_lines(lines, at=at, first=start + first, is_prose=_is_prose)


def is_headline_like(line: TextLine) -> bool:
    """Return whether a line has the shape of a headline."""
    text = line.text
    low, high = _HEADLINE_WORDS
    words = count_words(text)
    return (
        line.kind is LineKind.TEXT
        and low <= words <= high
        and len(text) <= _MAX_HEADLINE
        and not text.endswith((".", ",", ";", ":"))
        and not text[0].islower()
        and not _INSIDE.search(text)
        and not _is_cued_byline(line)
        and not (is_person_name(text) and not is_publication_like(text))
        and not is_call_to_action(text)
        and not _NAVIGATION.fullmatch(_plain(line))
        and not _is_banner(line)
    )


def _plain(line: TextLine) -> str:
    return line.text[:80].replace("’", "'").strip()


def _is_breadcrumbs(line: TextLine) -> bool:
    return line.kind is LineKind.BREADCRUMBS and bool(breadcrumbs_of(line))


def _is_cued_byline(line: TextLine) -> bool:
    return (
        line.kind is LineKind.TEXT and has_byline_cue(line.text) and bool(parse_byline(line.text))
    )


def _is_banner(line: TextLine) -> bool:
    return len(line.text) < _MAX_BANNER and _BANNER.match(line.text) is not None


def _is_prose(line: TextLine) -> bool:
    return (
        line.kind is LineKind.TEXT
        and count_words(line.text) >= _MIN_PROSE_WORDS
        and is_sentence(line.text)
        and not line.text.endswith(("?", "!"))
        and not is_call_to_action(line.text)
        and not _is_banner(line)
    )


def _opens_text(lines: Sequence[TextLine], at: int) -> bool:
    """Return whether the text may begin with this line: prose, a quotation, wrapped lines."""
    line = lines[at]
    if line.kind is not LineKind.TEXT or _is_banner(line):
        return False
    if opens_quote(line.text) or unquote(line.text) is not None:
        return True
    if (
        is_sentence(line.text)
        and count_words(line.text) >= _MIN_SENTENCE_WORDS
        and not is_call_to_action(line.text)
    ):
        return not line.text.endswith(("?", "!"))
    below = lines[at + 1] if at + 1 < len(lines) else None
    return (
        len(line.text) >= _MIN_WRAPPED_LENGTH
        and below is not None
        and not below.gap
        and below.kind is LineKind.TEXT
        and (len(below.text) >= _MIN_WRAPPED_LENGTH or below.text[:1].islower())
        and at > 0
    )


def _main_text(lines: Sequence[TextLine]) -> int | None:
    """Return the index at which the longest run of paragraphs begins; None if there is none."""
    runs: list[list[int]] = []
    apart = _NEAR
    for at, line in enumerate(lines):
        if _is_prose(line):
            if apart >= _FEW or not runs:
                runs.append([at, 0])
            runs[-1][1] += count_words(line.text)
            apart = 0
        elif line.kind in {
            LineKind.TEXT,
            LineKind.BOILERPLATE,
            LineKind.LIST_HEADING,
            LineKind.DATE,
        }:
            apart += 1
    if not runs:
        return None
    longest = max(runs, key=lambda run: run[1])

    return _include_short_paragraphs(lines, longest[0])


def _include_short_paragraphs(lines: Sequence[TextLine], first: int) -> int:
    """Return where a text begins whose first paragraphs are unusually short."""
    at = first
    while at and lines[at - 1].kind in {LineKind.TEXT, LineKind.RELATED, LineKind.ADVERT}:
        at -= 1
        if lines[at].kind is LineKind.TEXT:
            if not _opens_text(lines, at) or not is_sentence(lines[at].text):
                break
            first = at
    return first


def _continues_below(lines: Sequence[TextLine], at: int) -> bool:
    """Return whether the line below may be the second half of a headline that was broken in two."""
    below = lines[at + 1] if at + 1 < len(lines) else None
    return (
        below is not None
        and not below.gap
        and below.kind is LineKind.TEXT
        and below.text[:1].islower()
        and not is_dateline_or_byline(below)
    )


def _text_start(lines: Sequence[TextLine], first: int) -> str:
    """Return the beginning of the text, whose words identify its headline."""
    prose = [line.text for line in lines[first : first + 1]]
    prose += [line.text for line in lines[first + 1 :] if _is_prose(line)]
    return " ".join(prose[:_MAX_PARAGRAPHS])


def _section_above(lines: Sequence[TextLine], at: int) -> str | None:
    """Return the section right above a headline, unless it is the last entry of a menu."""
    above = [line for line in lines[max(0, at - 3) : at] if line.kind is not LineKind.CAPTION]
    if not above or above[-1].kind is not LineKind.TEXT or not is_section_like(above[-1].text):
        return None
    known = is_known_section(above[-1].text)
    alone = len(above) <= 1 or above[-1].gap
    in_menu = len(above) > 1 and is_known_section(above[-2].text)
    return above[-1].text if (known and not in_menu) or (alone and known) else None


def _any_candidates(lines: Sequence[TextLine]) -> tuple[str, ...]:
    found = [line.text for line in lines if is_headline_like(line) and not is_sentence(line.text)]
    return tuple(dict.fromkeys(found[:_MAX_CANDIDATES]))
