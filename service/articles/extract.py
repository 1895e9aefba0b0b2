"""An article's web page becomes a story.

The page's own description comes first: schema.org in JSON-LD, then OpenGraph and other meta
elements; then what it shows beside its headline. trafilatura finds the text, and names what nobody
described; `service.articles.dated` finds when it was published.
"""

import logging
import re
from copy import deepcopy
from datetime import tzinfo
from itertools import islice
from typing import Any

import trafilatura
from trafilatura.metadata import extract_metadata

from service.articles.addresses import absolute
from service.articles.dated import published_on, updated_on
from service.articles.decode import decode
from service.articles.furniture import is_furniture
from service.articles.headline import (
    is_slug,
    shown_headline,
    window_headline,
    without_site,
)
from service.articles.jsonld import find_article, text_of
from service.articles.markup import parse_page
from service.articles.page import (
    Page,
    authors_of,
    canonical,
    guessed_authors,
    host_of,
    house_of,
    image_on,
    language_of,
    pointers_on,
    section_of_page,
)
from service.articles.pointers import clear_of_pointers
from service.articles.sanitise import to_paragraphs, to_text
from service.articles.story import Story
from service.articles.typography import count_words, cut_sentences, fold, tidy, unquote
from service.articles.visible import (
    authors_shown,
    read_shown,
    section_shown,
    take_byline,
    without_marks,
    without_others,
    without_teasers,
)
from service.articles.walls import is_front, is_login, is_missing, is_wall
from service.kit.errors import Refused

SUMMARY_LIMIT = 320
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Neither the text nor what describes it; trackers and drawings are most of many pages.
_WEIGHT = ("style", "svg", "noscript", "template", "iframe", "object", "canvas", "math")
# Browsers read these as Windows-1252, and so do the sites that announce them (WHATWG Encoding).
_LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"})
_MOST_CHARACTERS = 3_000_000
_MOST_ELEMENTS = 15_000
_SOME_TEXT = 200
# No article has so many; each is looked at in several ways.
_MOST_LINES = 5_000
_NO_ARTICLE = "Give an article's own address."

# Both tell in the log whatever they did not find.
for _name in ("trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # noqa: TID251  It is others' logger.


def read_page(
    data: bytes, *, url: str, zone: tzinfo, charset: str | None = None, title: str | None = None
) -> Story:
    """Read the article on a page found at `url`; a `title` that is given wins.

    Raises:
        Refused: there is no article on it; the sentence says what is missing.
    """
    page = _open(_decode(data, charset), url)
    told = title or _title(page)
    paragraphs, related = _body(page, title=told)
    _refuse_others(page, told, paragraphs)
    shown = read_shown(page.own, title=told, zone=zone)
    summary = _summary(page)
    if len(paragraphs) > 1 and summary and fold(paragraphs[0]) == fold(summary):
        # The standfirst is the summary already.
        paragraphs = paragraphs[1:]
    if not summary:
        summary, paragraphs = _lede(without_marks(paragraphs, zone=zone), shown.lede)
    if not summary:
        raise Refused(f"No article text was found on the page. {_NO_ARTICLE}")
    paragraphs, signed = take_byline(without_marks(paragraphs, zone=zone))
    image, alt = image_on(page)
    address = canonical(page)
    image_url = absolute(url or address or "", image)
    return Story(
        title=told,
        section=section_of_page(page, told)
        or shown.section
        or section_shown(page.tree, title=told),
        summary=summary,
        body=tuple(paragraphs),
        authors=authors_of(page)
        or authors_shown(page.own, title=told)
        or shown.authors
        or signed
        or guessed_authors(page)
        or house_of(page),
        published=published_on(page, title=told, shown=shown.published, zone=zone),
        updated=updated_on(page, title=told, shown=shown.updated, zone=zone),
        url=address,
        language=language_of(page, " ".join((told, summary, *paragraphs))),
        related=tuple(r for r in related if fold(r) != fold(told)),
        image_url=image_url,
        image_alt=(alt or None) if image_url else None,
    )


def _refuse_others(page: Page, title: str, paragraphs: list[str]) -> None:
    """Raise `Refused` for whatever answers like an article and is none."""
    heading = next((tidy(h1.text_content()) for h1 in page.tree.iter("h1")), "")
    if is_wall(page.window, heading, paragraphs):
        raise Refused(
            "The site asked whether a person reads the page, so its article was not read. "
            "Open it in a browser, save or copy it, and give that file."
        )
    if is_login(title, paragraphs):
        raise Refused(
            "The site asks readers to sign in before it shows this page. Copy the article's text "
            "into a file and give that."
        )
    if is_missing(title, page.window, paragraphs):
        raise Refused(f"The page says that what was asked for is not there. {_NO_ARTICLE}")
    said = page.described.get("headline") or page.first("og:type") == "article"
    if not said and is_front(page.tree, paragraphs):
        raise Refused(f"The page lists articles and is none itself. {_NO_ARTICLE}")
    # A window's title alone names sites and fronts as well as articles.
    if not title or (not _titled(page) and sum(len(text) for text in paragraphs) < _SOME_TEXT):
        raise Refused(f"The page has no headline, so it is no article. {_NO_ARTICLE}")


def _titled(page: Page) -> bool:
    return bool(
        page.described.get("headline")
        or page.described.get("name")
        or page.first("og:title", "twitter:title")
        or sum(1 for _ in page.own.iter("h1")) == 1
    )


def _lede(paragraphs: list[str], shown: str) -> tuple[str, list[str]]:
    if not paragraphs:
        return shown, []
    quoted = unquote(paragraphs[0]) if len(paragraphs) > 1 else None
    if quoted and count_words(quoted) > 2 and len(quoted) <= SUMMARY_LIMIT:
        return quoted, paragraphs[1:]
    return shown or cut_sentences(paragraphs[0], limit=SUMMARY_LIMIT), paragraphs


def _decode(data: bytes, charset: str | None) -> str:
    found = _CHARSET.search(data[:4096])
    for name in (charset, found[1].decode("ascii") if found else None):
        if name and name.lower() not in {"utf-8", "utf8"} | _LATIN:
            try:
                return data.decode(name, "strict")
            except (LookupError, UnicodeDecodeError):
                continue
    text = decode(data)
    if text is None:
        text = data.decode("utf-8", "replace")
    if "<" not in text:
        raise Refused("This is no web page.")
    return text[:_MOST_CHARACTERS]


def _open(text: str, url: str) -> Page:
    try:
        tree = parse_page(text)
    except ValueError as error:
        raise Refused("The web page is empty or broken beyond reading.") from error
    scripts = [
        script.text_content()
        for script in tree.iter("script")
        if "ld+json" in str(script.get("type", "")).lower()
    ]
    for element in list(tree.iter("script", *_WEIGHT)):
        if element.getparent() is not None:
            element.drop_tree()
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        raise Refused(
            "The page has more parts than an article's page has. Copy the article's text into a "
            "file and give that."
        )
    window = next((tidy(title.text_content()) for title in tree.iter("title")), "")
    own = deepcopy(tree)
    without_others(own)
    return Page(
        tree=tree,
        own=own,
        url=url,
        described=find_article(scripts[:50]),
        meta=_meta(tree),
        window=window,
        guessed=extract_metadata(without_teasers(tree), default_url=url or None, extensive=False),
    )


def _meta(tree: Any) -> dict[str, str]:
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = tidy(element.get("content") or "")
        if name and content:
            meta.setdefault(name.lower(), content)
    return meta


def _title(page: Page) -> str:
    headings = [text for h1 in page.own.iter("h1") if (text := tidy(h1.text_content()[:1_000]))]
    site, host = page.first("og:site_name", "application-name"), host_of(page.url)
    shared = to_text(page.first("og:title", "twitter:title"))
    bare = without_site(shared, site=site, headings=headings, host=host)
    described = _described_title(page, headings)
    seen = shown_headline(headings, bare)
    if described or seen:
        return seen if seen and fold(seen) != fold(described) else described
    if bare and not (is_slug(bare) and len(headings) == 1):
        return bare
    named = [text for text in headings if fold(text) in fold(page.window)]
    if len(headings) == 1 or named:
        return max(named, key=len) if named else headings[0]
    return _guessed_title(page) or window_headline(
        without_site(page.window, site=site, headings=headings, host=host)
    )


def _described_title(page: Page, headings: list[str]) -> str:
    """Return the headline told to machines, or the name if that is the one which is shown."""
    headline = to_text(text_of(page.described.get("headline")))
    name = to_text(text_of(page.described.get("name")))
    is_shown = any(fold(name) == fold(text) for text in headings)
    return name if is_shown and fold(headline) not in fold(page.window) else headline or name


def _guessed_title(page: Page) -> str:
    """Return what trafilatura takes for the headline, unless it is the site's or another's."""
    guessed = tidy(str(getattr(page.guessed, "title", None) or ""))
    is_other = count_words(page.window) > 4 and fold(guessed) not in fold(page.window)
    return "" if is_slug(guessed) or is_other else guessed


def _summary(page: Page) -> str:
    told = to_text(
        text_of(page.described.get("description"))
        or text_of(page.described.get("abstract"))
        or page.first("og:description", "description", "twitter:description")
    )
    return cut_sentences(unquote(told) or told, limit=SUMMARY_LIMIT)


def _body(page: Page, *, title: str) -> tuple[list[str], list[str]]:
    """Return paragraphs and the headlines that the text points to."""
    found = trafilatura.bare_extraction(
        deepcopy(page.tree),
        url=page.url or None,
        include_comments=False,
        include_tables=False,
        with_metadata=False,
    )
    told = str(getattr(found, "text", None) or "")
    lines = [tidy(line) for line in told.split("\n", _MOST_LINES)[:_MOST_LINES]]
    if sum(count_words(line) for line in lines) < 40:
        described = to_paragraphs(text_of(page.described.get("articleBody")).replace("\n", "\n\n"))
        lines = described or lines
    kept, related = clear_of_pointers([line for line in lines if line], known=pointers_on(page))
    # Where the description has another headline, the one that is shown is no text either.
    shown = {fold(h1.text_content()[:1_000]) for h1 in islice(page.own.iter("h1"), 3)}
    own = [
        line for line in kept if not is_furniture(line) and fold(line) not in {fold(title), *shown}
    ]
    return own, related
