"""Pure: find the links of a web page to feeds, to a WebSub hub and to WordPress's REST API.

A page is untrusted and may be slow to parse: call this in a child process (`service.kit.sandbox`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from service.articles.html_page.jsonld import find_article, text_of
from service.articles.parsing.decode import decode
from service.articles.parsing.markup import parse_document
from service.articles.parsing.typography import tidy
from service.articles.urls import absolute_url

WORDPRESS_RELATION = "https://api.w.org/"
MAX_LINKS = 12
_MAX_CHARACTERS = 3_000_000
_MAX_TITLE = 200
_MAX_SCRIPTS = 20
_FEED_TYPE = re.compile(
    r"\s*application/(?:rss\+xml|atom\+xml|feed\+json|rdf\+xml)\b", re.IGNORECASE
)
_FEED_PATH = re.compile(
    r"/(?:rss|feeds?|atom|flux(?:[-_]?rss)?|syndication|backend)(?:\.(?:xml|php|rss|json))?/?$"
    r"|\.(?:rss|rdf|atom)$|/(?:rss|feed|atom)[-_/][\w-]+\.xml$",
    re.IGNORECASE,
)
_FEED_QUERY = re.compile(
    r"(?:^|&)(?:page=backend|feed=(?:rss2?|atom)|format=(?:feed|rss|atom)|type=(?:rss|atom))",
    re.IGNORECASE,
)
_FEED_HOST = re.compile(r"(?:^|\.)(?:feeds?|rss)\d?\.|feedburner\.com$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A link to what is, or may be, a feed. `is_declared` says that the page calls it one."""

    url: str
    title: str = ""
    is_declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """The links of a page that matter to a newsletter, and what kind of page it is."""

    feeds: tuple[FeedLink, ...] = ()
    hub_url: str | None = None
    wordpress_api: str | None = None
    language: str | None = None
    is_article: bool = False


def find_page_links(data: bytes, *, url: str) -> PageLinks:
    """Return the links of a page found at `url`; of bytes that are no page, none.

    Feeds that the page declares (`<link rel="alternate">`) come before links that only look like
    one; each URL is listed once.
    """
    text = decode(data) or data.decode("utf-8", "replace")
    try:
        tree = parse_document(text[:_MAX_CHARACTERS])
    except ValueError:
        return PageLinks()
    base = _base(tree, url)
    found = {each.url: each for each in (*_anchors(tree, base), *_declared(tree, base))}
    ordered = sorted(found.values(), key=lambda each: not each.is_declared)
    return PageLinks(
        feeds=tuple(ordered[:MAX_LINKS]),
        hub_url=_relation(tree, "hub", base),
        wordpress_api=_relation(tree, WORDPRESS_RELATION, base),
        language=_language(tree),
        is_article=_is_article(tree),
    )


def _base(tree: Any, url: str) -> str:
    href = next((element.get("href") for element in tree.iter("base")), None)
    return absolute_url(url, href) or url


def _declared(tree: Any, base: str) -> Iterator[FeedLink]:
    for link in tree.iter("link"):
        is_feed = _FEED_TYPE.match(link.get("type") or "")
        address = _target(link, base)
        if address and is_feed and "alternate" in _relations(link):
            yield FeedLink(url=address, title=_title(link), is_declared=True)


def _anchors(tree: Any, base: str) -> Iterator[FeedLink]:
    looking = (link for link in tree.iter("a") if link.get("href"))
    candidates = (
        (address, link)
        for link in looking
        if (address := _target(link, base)) and _looks_like_feed(address, base)
    )
    for address, link in islice(candidates, MAX_LINKS):
        yield FeedLink(url=address, title=_title(link) or tidy(link.text_content()[:_MAX_TITLE]))


def _looks_like_feed(address: str, base: str) -> bool:
    parts = urlsplit(address)
    is_own = _site(parts.hostname) == _site(urlsplit(base).hostname)
    is_named = _FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query)
    is_feed_host = _FEED_HOST.search(parts.hostname or "") and parts.path.strip("/")
    return bool((is_own and is_named) or is_feed_host)


def _site(host: str | None) -> str:
    return (host or "").removeprefix("www.")


def _target(link: Any, base: str) -> str | None:
    return absolute_url(base, link.get("href"), keep_origin=True)


def _relations(link: Any) -> list[str]:
    return (link.get("rel") or "").lower().split()


def _relation(tree: Any, relation: str, base: str) -> str | None:
    links = (link for link in tree.iter("link") if relation in _relations(link))
    return next((found for link in links if (found := _target(link, base))), None)


def _title(link: Any) -> str:
    return tidy((link.get("title") or "")[:_MAX_TITLE])


def _language(tree: Any) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", tree.get("lang") or tree.get("xml:lang") or "")
    return found[0].lower() if found else None


def _is_article(tree: Any) -> bool:
    for meta in tree.iter("meta"):
        if meta.get("property") == "og:type" and (meta.get("content") or "").lower() == "article":
            return True
    scripts = (s for s in tree.iter("script") if "ld+json" in (s.get("type") or "").lower())
    described = find_article([s.text_content() for s in islice(scripts, _MAX_SCRIPTS)])
    return bool(text_of(described.get("headline")))
