"""Extract the article on a web page.

The page's own description comes first: schema.org in JSON-LD, then in microdata, then OpenGraph
and other meta elements; then what it shows beside its headline. trafilatura finds the text, and
names what the page did not describe; `service.articles.html_page.dates` finds when it was
published.
"""

import logging
import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import tzinfo
from itertools import islice
from typing import Any

import trafilatura
from trafilatura.metadata import extract_metadata

from service.articles.html_page.dates import page_published, page_updated
from service.articles.html_page.headline import (
    headline_from_title_tag,
    is_slug_like,
    strip_site_name,
    visible_headline,
)
from service.articles.html_page.jsonld import find_article, text_of
from service.articles.html_page.metadata import (
    ArticlePage,
    canonical_url,
    guessed_authors,
    page_authors,
    page_image,
    page_language,
    page_section,
    publisher_as_author,
    related_headlines_on,
    site_host,
)
from service.articles.html_page.microdata import find_described_article
from service.articles.html_page.non_articles import (
    is_bot_wall,
    is_error_page,
    is_login_page,
    is_section_front,
)
from service.articles.html_page.visible_metadata import (
    drop_foreign_elements,
    drop_leading_datelines,
    extract_visible_metadata,
    visible_authors,
    visible_section,
    without_teasers,
)
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.boilerplate import is_boilerplate
from service.articles.parsing.bylines import split_byline
from service.articles.parsing.decode import decode
from service.articles.parsing.markup import parse_document
from service.articles.parsing.related_links import extract_related_links
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text
from service.articles.parsing.typography import count_words, cut_sentences, fold, tidy, unquote
from service.articles.urls import absolute_url
from service.kit.errors import OperationRefused

SUMMARY_LIMIT = 320
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Neither text nor metadata; trackers and drawings are the largest part of many pages.
_DROPPED_ELEMENTS = ("style", "svg", "noscript", "template", "iframe", "object", "canvas", "math")
# Browsers decode these as Windows-1252, and sites that declare them use it (WHATWG Encoding).
_LATIN_CHARSETS = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"})
_MAX_CHARACTERS = 3_000_000
_MAX_ELEMENTS = 15_000
_MIN_TEXT = 200
# No article has so many; each is checked in several ways.
_MAX_LINES = 5_000
_NO_ARTICLE = "Give an article's own address."

# Both log whatever they did not find.
for _name in ("trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # noqa: TID251  It is others' logger.

_MIN_QUOTE_WORDS = 3
# A shorter title element may be the site's name alone.
_MIN_TITLE_TAG_WORDS = 5
_MIN_ARTICLE_WORDS = 40


def extract_article(
    data: bytes, *, url: str, zone: tzinfo, charset: str | None = None, title: str | None = None
) -> ParsedArticle:
    """Extract the article on a page found at `url`; `title` overrides the page's headline.

    `zone` is the time zone of dates that name none; `charset` is the one of the HTTP header.

    Raises:
        OperationRefused: there is no article on it; the message says what is missing.
    """
    page = _parse_page(_decode(data, charset), url)
    headline = title or _title(page)
    paragraphs, related = _body(page, title=headline)
    _refuse_non_articles(page, headline, paragraphs)
    shown = extract_visible_metadata(page.own_tree, title=headline, zone=zone)
    summary = _summary(page)
    if len(paragraphs) > 1 and summary and fold(paragraphs[0]) == fold(summary):
        # The standfirst is the summary already.
        paragraphs = paragraphs[1:]
    if not summary:
        summary, paragraphs = _lede(drop_leading_datelines(paragraphs, zone=zone), shown.lede)
    if not summary:
        raise OperationRefused(f"No article text was found on the page. {_NO_ARTICLE}")
    paragraphs, signed = split_byline(drop_leading_datelines(paragraphs, zone=zone))
    image, alt = page_image(page)
    address = canonical_url(page)
    image_url = absolute_url(url or address or "", image)
    return ParsedArticle(
        title=headline,
        section=page_section(page, headline)
        or shown.section
        or visible_section(page.tree, title=headline),
        summary=summary,
        body=tuple(paragraphs),
        authors=page_authors(page)
        or visible_authors(page.own_tree, title=headline)
        or shown.authors
        or signed
        or guessed_authors(page)
        or publisher_as_author(page),
        published=page_published(page, title=headline, shown=shown.published, zone=zone),
        updated=page_updated(page, title=headline, shown=shown.updated, zone=zone),
        url=address,
        language=page_language(page, " ".join((headline, summary, *paragraphs))),
        related=tuple(r for r in related if fold(r) != fold(headline)),
        image_url=image_url,
        image_alt=(alt or None) if image_url else None,
    )


def _refuse_non_articles(page: ArticlePage, title: str, paragraphs: list[str]) -> None:
    """Raise `OperationRefused` for a page that is no article."""
    heading = next((tidy(h1.text_content()) for h1 in page.tree.iter("h1")), "")
    if is_bot_wall(page.title_tag, heading, paragraphs):
        raise OperationRefused(
            "The site asked whether a person reads the page, so its article was not read. "
            "Open it in a browser, save or copy it, and give that file."
        )
    if is_login_page(title, paragraphs):
        raise OperationRefused(
            "The site asks readers to sign in before it shows this page. Copy the article's text "
            "into a file and give that."
        )
    if is_error_page(title, page.title_tag, paragraphs):
        raise OperationRefused(f"The page says that what was asked for is not there. {_NO_ARTICLE}")
    said = page.described.get("headline") or page.first_meta("og:type") == "article"
    if not said and is_section_front(page.tree, paragraphs):
        raise OperationRefused(f"The page lists articles and is none itself. {_NO_ARTICLE}")
    # A title tag alone may name a site or a section front.
    if not title or (
        not _has_own_headline(page) and sum(len(text) for text in paragraphs) < _MIN_TEXT
    ):
        raise OperationRefused(f"The page has no headline, so it is no article. {_NO_ARTICLE}")


def _has_own_headline(page: ArticlePage) -> bool:
    return bool(
        page.described.get("headline")
        or page.described.get("name")
        or page.first_meta("og:title", "twitter:title")
        or sum(1 for _ in page.own_tree.iter("h1")) == 1
    )


def _lede(paragraphs: list[str], shown: str) -> tuple[str, list[str]]:
    if not paragraphs:
        return shown, []
    quoted = unquote(paragraphs[0]) if len(paragraphs) > 1 else None
    if quoted and count_words(quoted) >= _MIN_QUOTE_WORDS and len(quoted) <= SUMMARY_LIMIT:
        return quoted, paragraphs[1:]
    return shown or cut_sentences(paragraphs[0], limit=SUMMARY_LIMIT), paragraphs


def _decode(data: bytes, charset: str | None) -> str:
    found = _CHARSET.search(data[:4096])
    for name in (charset, found[1].decode("ascii") if found else None):
        if name and name.lower() not in {"utf-8", "utf8"} | _LATIN_CHARSETS:
            try:
                return data.decode(name, "strict")
            except (LookupError, UnicodeDecodeError):
                continue
    text = decode(data)
    if text is None:
        text = data.decode("utf-8", "replace")
    if "<" not in text:
        raise OperationRefused("This is no web page.")
    return text[:_MAX_CHARACTERS]


def _parse_page(text: str, url: str) -> ArticlePage:
    try:
        tree = parse_document(text)
    except ValueError as error:
        raise OperationRefused("The web page is empty or broken beyond reading.") from error
    scripts = [
        script.text_content()
        for script in tree.iter("script")
        if "ld+json" in str(script.get("type", "")).lower()
    ]
    for element in list(tree.iter("script", *_DROPPED_ELEMENTS)):
        if element.getparent() is not None:
            element.drop_tree()
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        raise OperationRefused(
            "The page has more parts than an article's page has. Copy the article's text into a "
            "file and give that."
        )
    window = next((tidy(title.text_content()) for title in tree.iter("title")), "")
    own = deepcopy(tree)
    drop_foreign_elements(own)
    return ArticlePage(
        tree=tree,
        own_tree=own,
        url=url,
        # JSON-LD is written for programs, microdata is what the page shows: the former decides.
        described=_merge(find_article(scripts[:50]), find_described_article(tree)),
        meta=_meta(tree),
        title_tag=window,
        guess=extract_metadata(without_teasers(tree), default_url=url or None, extensive=False),
    )


def _merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return both descriptions; of what both have, the first one's."""
    return {**second, **{key: value for key, value in first.items() if value or key not in second}}


def _meta(tree: Any) -> dict[str, str]:
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = tidy(element.get("content") or "")
        if name and content:
            meta.setdefault(name.lower(), content)
    return meta


def _title(page: ArticlePage) -> str:
    headings = [
        text for h1 in page.own_tree.iter("h1") if (text := tidy(h1.text_content()[:1_000]))
    ]
    site, host = page.first_meta("og:site_name", "application-name"), site_host(page.url)
    shared = html_to_text(page.first_meta("og:title", "twitter:title"))
    bare = strip_site_name(shared, site=site, headings=headings, host=host)
    described = _jsonld_title(page, headings)
    seen = visible_headline(headings, bare)
    if described or seen:
        return seen if seen and fold(seen) != fold(described) else described
    if bare and not (is_slug_like(bare) and len(headings) == 1):
        return bare
    named = [text for text in headings if fold(text) in fold(page.title_tag)]
    if len(headings) == 1 or named:
        return max(named, key=len) if named else headings[0]
    return _guessed_title(page) or headline_from_title_tag(
        strip_site_name(page.title_tag, site=site, headings=headings, host=host)
    )


def _jsonld_title(page: ArticlePage, headings: list[str]) -> str:
    """Return the JSON-LD's headline, or its name if that is the one which is shown."""
    headline = html_to_text(text_of(page.described.get("headline")))
    name = html_to_text(text_of(page.described.get("name")))
    is_shown = any(fold(name) == fold(text) for text in headings)
    return name if is_shown and fold(headline) not in fold(page.title_tag) else headline or name


def _guessed_title(page: ArticlePage) -> str:
    """Return trafilatura's headline, unless it is the site's name or another article's."""
    guessed = tidy(str(getattr(page.guess, "title", None) or ""))
    is_other = count_words(page.title_tag) >= _MIN_TITLE_TAG_WORDS and fold(guessed) not in fold(
        page.title_tag
    )
    return "" if is_slug_like(guessed) or is_other else guessed


def _summary(page: ArticlePage) -> str:
    summary = html_to_text(
        text_of(page.described.get("description"))
        or text_of(page.described.get("abstract"))
        or page.first_meta("og:description", "description", "twitter:description")
    )
    return cut_sentences(unquote(summary) or summary, limit=SUMMARY_LIMIT)


def _body(page: ArticlePage, *, title: str) -> tuple[list[str], list[str]]:
    """Return the paragraphs, and the headlines of related links in the text."""
    found = trafilatura.bare_extraction(
        deepcopy(page.tree),
        url=page.url or None,
        include_comments=False,
        include_tables=False,
        with_metadata=False,
    )
    text = str(getattr(found, "text", None) or "")
    lines = [tidy(line) for line in text.split("\n", _MAX_LINES)[:_MAX_LINES]]
    if sum(count_words(line) for line in lines) < _MIN_ARTICLE_WORDS:
        described = html_to_paragraphs(
            text_of(page.described.get("articleBody")).replace("\n", "\n\n")
        )
        lines = described or lines
    kept, related = extract_related_links(
        [line for line in lines if line], known=related_headlines_on(page)
    )
    # If the metadata has another headline, the one that is shown is no text either.
    shown = {fold(h1.text_content()[:1_000]) for h1 in islice(page.own_tree.iter("h1"), 3)}
    own = [
        line
        for line in kept
        if not is_boilerplate(line) and fold(line) not in {fold(title), *shown}
    ]
    return own, related
