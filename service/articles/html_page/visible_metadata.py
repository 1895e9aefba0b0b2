"""Pure: extract metadata that a page shows to its readers, without machine-readable markup.

The lines around its headline are classified like those of a clipping: dates, names, breadcrumbs, a
lede. Teasers, lists of other articles and comments have dates and names of their own, so what
they hold is dropped first.
"""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from service.articles.parsing.bylines import (
    has_byline_cue,
    is_account_name,
    is_person_name,
    parse_byline,
    split_author_field,
    strip_job_title,
)
from service.articles.parsing.given_names import GIVEN_NAMES
from service.articles.parsing.sanitise import element_paragraphs
from service.articles.parsing.typography import count_words, fold, tidy, unquote
from service.articles.plain_text.lines import LineKind, TextLine, breadcrumbs_of, classify_lines

_SIGNED = (
    "//*[@itemprop='author']//*[@itemprop='name']",
    "//*[@itemprop='author' or @rel='author']",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' byline ')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' author ')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' auteur ')]",
)
# "post-author", "c-byline__name", "lesauteurs": believed next to the headline only.
_SIGNED_SOMEHOW = (
    "//*[self::a or self::span or self::p or self::div or self::address or self::li]"
    "[contains(@class, 'author') or contains(@class, 'auteur') or contains(@class, 'byline')"
    " or contains(@class, 'signature')]"
)
_DATED = {
    "published": (
        "//*[@itemprop='datePublished']",
        # SPIP's and Blogger's way: <abbr class="published" title="2023-02-07T22:10:00+01:00">.
        "//abbr[contains(@class, 'published') and @title]",
        "//time[@pubdate or contains(@class, 'published')]",
    ),
    "updated": (
        "//*[@itemprop='dateModified']",
        (
            "//time[contains(@class, 'updated') and not(contains(@class, 'published'))"
            " and not(contains(@class, 'entry-date'))]"
        ),
    ),
}
_MARKED = ("//article//time[@datetime]", "//time[@datetime or @pubdate]")
_NEAR_ABOVE, _NEAR_BELOW = 40, 200
_SIDE_BY_SIDE = 4
_TITLED = 30
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
HOME_LABELS = frozenset({"accueil", "home", "inicio", "a la une", "actualites", "news", "الرئيسية"})
_LINES_BELOW = 12
_LINES_ABOVE = 3
_PROSE = 25
_ENOUGH = 30_000

# A headline that occurs so often is repeated below the article; twice, it is a breadcrumb first.
_MANY_HEADINGS = 3
_MIN_LEDE_WORDS = 3
_MAX_SECTION_WORDS = 5
# Characters of one capitalised word above the headline.
_MAX_SECTION_LENGTH = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleMetadata:
    """Metadata found around a headline; empty where nothing was found."""

    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    lede: str = ""


def drop_foreign_elements(tree: Any) -> None:
    """Drop from a page what belongs to other articles, to comments and to the site."""
    headings = [list(h1.iterancestors()) for h1 in tree.iter("h1")][:20]
    needed = {id(element) for line in headings for element in line}
    for element in list(tree.iter()):
        if element.tag in {"html", "body", "head", "main"} or id(element) in needed:
            continue
        named = f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
        # Drupal calls the block between headline and text a footer.
        is_elsewhere = element.tag in _ELSEWHERE and not _META.search(named)
        if is_elsewhere or _OTHERS.search(named):
            parent = element.getparent()
            if parent is not None and element.tag not in {"h1", "article"}:
                element.drop_tree()
    if headings:
        _drop_teasers(tree)


def without_teasers(tree: Any) -> Any:
    """Return a copy of a page without the items of lists whose headlines lead elsewhere."""
    copy = deepcopy(tree)
    if next(copy.iter("h1"), None) is not None:
        _drop_teasers(copy)
    return copy


def _drop_teasers(tree: Any) -> None:
    needed = {item for h1 in tree.iter("h1") for item in h1.iterancestors("li", "article")}
    for heading in list(tree.iter("h2", "h3", "h4")):
        if heading.find(".//a") is None and getattr(heading.getparent(), "tag", "") != "a":
            continue
        for item in islice(heading.iterancestors("li", "article"), 1):
            if item not in needed and item.getparent() is not None:
                item.drop_tree()


def extract_visible_metadata(tree: Any, *, title: str, zone: tzinfo) -> VisibleMetadata:
    """Extract metadata from the lines around a headline; `tree` holds only its own article."""
    texts = [text for text in element_paragraphs(tree) if len(text) < _ENOUGH][:2_000]
    folded_title = fold(title)
    named = [at for at, text in enumerate(texts) if fold(text[:400]) == folded_title]
    if not named:
        return VisibleMetadata()
    at = named[-1] if len(named) < _MANY_HEADINGS else named[0]
    above = classify_lines("\n".join(texts[max(0, at - _LINES_ABOVE) : at]), zone=zone)
    below = _until_prose(
        classify_lines("\n".join(texts[at + 1 : at + 1 + _LINES_BELOW]), zone=zone)
    )
    dates = [line for line in below if line.kind is LineKind.DATE]
    dates = dates or [line for line in above if line.kind is LineKind.DATE]
    lede = next((text for line in below if (text := unquote(line.text) or "")), "")
    return VisibleMetadata(
        published=next((line.published for line in dates if line.published), None),
        updated=next((line.updated for line in dates if line.updated), None),
        authors=_signing(below),
        section=_section(above, folded_title),
        lede=lede if count_words(lede) >= _MIN_LEDE_WORDS else "",
    )


def visible_section(tree: Any, *, title: str) -> str | None:
    """Return the section in a page's breadcrumbs, which are part of its navigation."""
    for element in tree.xpath(_TRAIL)[:5]:
        text = tidy(element.text_content()[:600])
        steps = [tidy(part.text_content()[:200]) for part in element.iter("a")]
        own = [
            step
            for step in steps
            if step and fold(step) not in HOME_LABELS and fold(step) != fold(title)
        ]
        if own and len(text) < _TRAIL_LENGTH and count_words(own[0]) <= _MAX_SECTION_WORDS:
            return own[0]
    return None


def visible_authors(tree: Any, *, title: str) -> tuple[str, ...]:
    """Return the authors in the marked byline next to the headline, or in the only one."""
    near, places = _near_headline(tree, title), {each: at for at, each in enumerate(tree.iter())}
    beside: list[_Byline] = []
    away: list[_Byline] = []
    for path in (*_SIGNED, _SIGNED_SOMEHOW):
        bylines: list[_Byline] = []
        for element in tree.xpath(path)[:20]:
            names = _signing_in(element)
            if names:
                is_near = near is None or element in near
                bylines.append(_Byline(at=places[element], names=names, is_near=is_near))
        together = _joined(bylines)
        beside += [each for each in together if each.is_near]
        if path is not _SIGNED_SOMEHOW:
            away += together
    if beside:
        return min(beside, key=lambda each: each.at).names
    # Several bylines far from the headline belong to other articles, or to comments.
    return away[0].names if away and len({each.names for each in away}) == 1 else ()


def _signing_in(element: Any) -> tuple[str, ...]:
    text = tidy(element.text_content()[:400])
    names = _without_posts(parse_byline(text)) or _alone(text)
    return tuple(name for name in names if not is_account_name(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Byline:
    at: int
    names: tuple[str, ...]
    is_near: bool


def _joined(bylines: Sequence[_Byline]) -> list[_Byline]:
    """Merge adjacent bylines: several authors of one article."""
    joined: list[_Byline] = []
    for each in bylines:
        last = joined[-1] if joined else None
        if last is not None and each.at - last.at <= _SIDE_BY_SIDE:
            names = tuple(dict.fromkeys([*last.names, *each.names]))
            joined[-1] = _Byline(at=each.at, names=names, is_near=last.is_near or each.is_near)
        else:
            joined.append(each)
    return joined


def _without_posts(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(bare for name in names if (bare := strip_job_title(name)))


def visible_date(tree: Any, kind: str, *, title: str) -> str:
    """Return the text of the marked date of kind "published" or "updated"; empty if there is none.

    Comments and short notices are marked in the same way, so a date is accepted near a headline
    only, unless its markup names it as the article's.
    """
    near = _near_headline(tree, title)
    for at, path in enumerate(_DATED[kind]):
        for element in tree.xpath(path)[:20]:
            text_found = _date_in(element)
            if text_found and (at == 0 or near is None or element in near):
                return text_found
    return ""


def marked_dates(tree: Any) -> list[str]:
    """Return the marked dates anywhere in an article, those of its own element first."""
    return [text for path in _MARKED for each in tree.xpath(path)[:20] if (text := _date_in(each))]


def _date_in(element: Any) -> str:
    written = element.get("title") if element.tag == "abbr" else None
    text_found = element.get("datetime") or element.get("content") or written
    return tidy((text_found or element.text_content())[:200])


def _near_headline(tree: Any, title: str) -> set[Any] | None:
    """Return the elements around a page's headline; None if it has none."""
    elements = list(tree.iter())
    headings = [at for at, element in enumerate(elements) if element.tag == "h1"][:20]
    # Some sites use h1 for everything.
    own = [at for at in headings if _is_title(elements[at].text_content()[:1_000], title)]
    around = (elements[max(0, at - _NEAR_ABOVE) : at + _NEAR_BELOW] for at in own or headings)
    return {each for few in around for each in few} if headings else None


def _is_title(heading: str, title: str) -> bool:
    one, other = fold(heading), fold(title)
    # One may end with labels, the other with the name of a site or section.
    return bool(one and other) and (one[:_TITLED] in other or other[:_TITLED] in one)


def drop_leading_datelines(paragraphs: list[str], *, zone: tzinfo) -> list[str]:
    """Drop dates and names that are paragraphs of their own above the text."""
    for at, text in enumerate(paragraphs[:4]):
        judged = classify_lines(text[:300], zone=zone)
        if not judged or (judged[0].kind is LineKind.TEXT and not is_person_name(text)):
            return paragraphs[at:]
    return paragraphs


def _alone(text: str) -> tuple[str, ...]:
    # Where the markup says that this is an author, a single word is a name, too.
    words = text.split()
    if (
        len(words) == 1
        and not has_byline_cue(text)
        and text[:1].isupper()
        and text.isalpha()
        and len(text) < _MAX_SECTION_LENGTH
    ):
        return tuple(split_author_field(text))
    return ()


def _until_prose(lines: Sequence[TextLine]) -> list[TextLine]:
    for at, line in enumerate(lines):
        if line.kind is LineKind.TEXT and count_words(line.text) >= _PROSE:
            return list(lines[:at])
    return list(lines)


def _signing(lines: Sequence[TextLine]) -> tuple[str, ...]:
    for line in lines:
        if line.authors:
            return _without_posts(line.authors)
        if line.kind is LineKind.TEXT and (has_byline_cue(line.text) or _is_person(line.text)):
            names = parse_byline(line.text)
            if names:
                return names
    return ()


def _is_person(text: str) -> bool:
    return is_person_name(text) and fold(text.split(maxsplit=1)[0]) in GIVEN_NAMES


def _section(lines: Sequence[TextLine], title: str) -> str | None:
    for line in reversed(lines):
        if line.kind is LineKind.BREADCRUMBS:
            steps = [step for step in breadcrumbs_of(line) if fold(step) != title]
            return steps[0] if steps and count_words(steps[0]) <= _MAX_SECTION_WORDS else None
    return None
