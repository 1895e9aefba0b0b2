"""Pure: what a page shows its readers and does not describe to machines.

The lines around its headline are judged like those of a clipping: dates, names, breadcrumbs and a
lede. Teasers, lists of other articles and comments have dates and names of their own, so what
stands in them is left out first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from service.articles.bylines import has_cue, is_name, names_told, read_byline
from service.articles.clipping_lines import Kind, Line, crumbs_of, read_lines
from service.articles.given_names import GIVEN_NAMES
from service.articles.sanitise import paragraphs_in
from service.articles.typography import count_words, fold, tidy, unquote

_SIGNED = (
    "//*[@itemprop='author']//*[@itemprop='name']",
    "//*[@itemprop='author' or @rel='author']",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' byline ')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' author ')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' auteur ')]",
)
_DATED = {
    "published": (
        "//*[@itemprop='datePublished']",
        # SPIP's and Blogger's way: <abbr class="published" title="2023-02-07T22:10:00+01:00">.
        "//abbr[contains(@class, 'published') and @title]",
        "//time[@pubdate or contains(@class, 'published')]",
        "//article//time[@datetime]",
        "//time[@datetime]",
    ),
    "updated": (
        "//*[@itemprop='dateModified']",
        (
            "//time[contains(@class, 'updated') and not(contains(@class, 'published'))"
            " and not(contains(@class, 'entry-date'))]"
        ),
    ),
}
_ELSEWHERE = frozenset({"aside", "nav", "footer", "form", "select", "button"})
_OTHERS = re.compile(
    r"(?<![a-z])(?:related|relateds|sidebar|widgets?|comments?|commentlist|respond|recommend\w*"
    r"|most[-_]?read|plus[-_]?lus|popular|trending|teasers?|promo|footer|similar\w*|more[-_]posts"
    r"|lire[-_]?aussi|a[-_]lire|read[-_]?also|read[-_]?more|newsletter|post[-_]?navigation|pagination"
    r"|latest|derniers?|recent[-_]posts?)(?![a-z])",
    re.IGNORECASE,
)
_META = re.compile(r"\b(?:node__meta|submitted|byline|entry-meta|post-meta|article-meta)\b")
_TRAIL = (
    "//*[self::nav or self::div or self::ul or self::ol or self::p]"
    "[contains(@class, 'breadcrumb') or contains(@id, 'breadcrumb') or contains(@class, 'ariane')"
    " or contains(@id, 'ariane') or contains(@class, 'arbo')"
    " or contains(@aria-label, 'readcrumb') or contains(@aria-label, 'riane')]"
)
_TRAIL_LENGTH = 400
HOMES = frozenset({"accueil", "home", "inicio", "a la une", "actualites", "news", "الرئيسية"})
_LINES_BELOW = 12
_LINES_ABOVE = 3
_PROSE = 25
_ENOUGH = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What stands beside a headline; empty where nothing was found."""

    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    lede: str = ""


def without_others(tree: Any) -> None:
    """Take out of a page what belongs to other articles, to readers and to the site."""
    headings = [list(h1.iterancestors()) for h1 in tree.iter("h1")][:20]
    needed = {id(element) for line in headings for element in line}
    for element in list(tree.iter()):
        if element.tag in {"html", "body", "head", "main"} or id(element) in needed:
            continue
        named = f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
        # Drupal calls what stands between headline and text a footer.
        is_elsewhere = element.tag in _ELSEWHERE and not _META.search(named)
        if is_elsewhere or _OTHERS.search(named):
            parent = element.getparent()
            if parent is not None and element.tag not in {"h1", "article"}:
                element.drop_tree()


def read_shown(tree: Any, *, title: str, zone: tzinfo) -> Shown:
    """Read the lines around the headline of a page; `tree` is without others."""
    texts = [text for text in paragraphs_in(tree) if len(text) < _ENOUGH][:2_000]
    told = fold(title)
    named = [at for at, text in enumerate(texts) if fold(text[:400]) == told]
    if not named:
        return Shown()
    at = named[-1] if len(named) < 3 else named[0]
    above = read_lines("\n".join(texts[max(0, at - _LINES_ABOVE) : at]), zone=zone)
    below = _until_prose(read_lines("\n".join(texts[at + 1 : at + 1 + _LINES_BELOW]), zone=zone))
    dates = [line for line in below if line.kind is Kind.DATE]
    dates = dates or [line for line in above if line.kind is Kind.DATE]
    lede = next((text for line in below if (text := unquote(line.text) or "")), "")
    return Shown(
        published=next((line.published for line in dates if line.published), None),
        updated=next((line.updated for line in dates if line.updated), None),
        authors=_signing(below),
        section=_section(above, told),
        lede=lede if count_words(lede) > 2 else "",
    )


def section_shown(tree: Any, *, title: str) -> str | None:
    """Return the section that a page's breadcrumbs name; they stand in its navigation."""
    for element in tree.xpath(_TRAIL)[:5]:
        text = tidy(element.text_content()[:600])
        steps = [tidy(part.text_content()[:200]) for part in element.iter("a")]
        own = [
            step for step in steps if step and fold(step) not in HOMES and fold(step) != fold(title)
        ]
        if own and len(text) < _TRAIL_LENGTH and count_words(own[0]) <= 5:
            return own[0]
    return None


def authors_shown(tree: Any) -> tuple[str, ...]:
    """Return whom the first marked byline on the page names."""
    for path in _SIGNED:
        for element in tree.xpath(path)[:20]:
            text = tidy(element.text_content()[:400])
            names = read_byline(text) or _alone(text)
            if names:
                return names
    return ()


def date_shown(tree: Any, kind: str) -> str:
    """Return when the page says that it was "published" or "updated"; empty if it does not."""
    for path in _DATED[kind]:
        for element in tree.xpath(path)[:20]:
            written = element.get("title") if element.tag == "abbr" else None
            told = element.get("datetime") or element.get("content") or written
            told = told or element.text_content()
            if tidy(told[:200]):
                return tidy(told[:200])
    return ""


def without_marks(paragraphs: list[str], *, zone: tzinfo) -> list[str]:
    """Leave out the dates and names that stand as paragraphs of their own above the text."""
    for at, text in enumerate(paragraphs[:4]):
        judged = read_lines(text[:300], zone=zone)
        if not judged or (judged[0].kind is Kind.TEXT and not is_name(text)):
            return paragraphs[at:]
    return paragraphs


def take_byline(paragraphs: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Take a first or last paragraph that does nothing but sign off the text."""
    for at, needs_cue in ((-1, False), (0, True)):
        if len(paragraphs) < 2 or count_words(paragraphs[at]) > 12:
            continue
        names = read_byline(paragraphs[at])
        if names and (has_cue(paragraphs[at]) or not needs_cue):
            rest = paragraphs[:-1] if at else paragraphs[1:]
            return rest, names
    return paragraphs, ()


def _alone(text: str) -> tuple[str, ...]:
    # Where the page says that an author stands here, one name is a name, too.
    words = text.split()
    if len(words) == 1 and text[:1].isupper() and text.isalpha() and len(text) < 25:
        return tuple(names_told(text))
    return ()


def _until_prose(lines: Sequence[Line]) -> list[Line]:
    for at, line in enumerate(lines):
        if line.kind is Kind.TEXT and count_words(line.text) >= _PROSE:
            return list(lines[:at])
    return list(lines)


def _signing(lines: Sequence[Line]) -> tuple[str, ...]:
    for line in lines:
        if line.authors:
            return line.authors
        if line.kind is Kind.TEXT and (has_cue(line.text) or _is_person(line.text)):
            names = read_byline(line.text)
            if names:
                return names
    return ()


def _is_person(text: str) -> bool:
    return is_name(text) and fold(text.split(maxsplit=1)[0]) in GIVEN_NAMES


def _section(lines: Sequence[Line], title: str) -> str | None:
    for line in reversed(lines):
        if line.kind is Kind.CRUMBS:
            steps = [step for step in crumbs_of(line) if fold(step) != title]
            return steps[0] if steps and count_words(steps[0]) <= 5 else None
    return None
