"""Parse news sitemaps, and the indexes that list them.

A news sitemap lists a site's articles of the last two days with URL, headline and date, for search
engines (Google's sitemap-news 0.9, on top of sitemaps.org 0.9). It has no summaries. As with any
feed, XML that declares entities is refused before this, and this runs in a child process.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from service.articles.parsed_article import FeedFormat, ParsedArticle, ParsedFeed
from service.articles.parsing.images import is_usable_image
from service.articles.parsing.labels import normalise_labels
from service.articles.parsing.timestamps import parse_timestamp
from service.articles.parsing.typography import tidy
from service.articles.urls import absolute_url
from service.kit.errors import OperationRefused
from service.kit.translatable import translatable

MAX_PARTS = 3
"""How many sitemaps of an index are read at a poll."""

_ROOT = re.compile(rb"<(?:[A-Za-z]{1,20}:)?(urlset|sitemapindex)[\s>]")
_HEAD = 5_000
_NEWS = b"sitemap-news"
_NEWS_NAME = re.compile(r"news|actu|noticia|nachrichten", re.IGNORECASE)
_MAX_TEXT = 2_000
_MAX_CONSIDERED = 2_500
_MAX_KEYWORDS = 1_000
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_FIELDS = {
    ("loc",): "url",
    ("lastmod",): "updated",
    ("news", "title"): "title",
    ("news", "publication_date"): "published",
    ("news", "keywords"): "keywords",
    ("news", "publication", "name"): "publication",
    ("news", "publication", "language"): "language",
    ("image", "loc"): "image",
    ("image", "caption"): "caption",
}
"""Where the parts of an entry are, by the local names of the elements below it."""

_ENTRIES = (["url"], ["sitemap"])

Entry = dict[str, str]


def is_sitemap(data: bytes) -> bool:
    """Return whether bytes begin as a sitemap or a sitemap index does."""
    return _ROOT.search(data[:_HEAD]) is not None


def parse_sitemap(data: bytes, *, url: str, zone: tzinfo, most: int) -> ParsedFeed:
    """Parse the newest `most` articles of a news sitemap; of an index, the URLs of its sitemaps.

    An entry without a headline is skipped; `remark` says how many were. `parts` of an index has at
    most three URLs on the same site: news sitemaps before others, the newest first.

    Raises:
        OperationRefused: it is a sitemap without news.
    """
    root = _ROOT.search(data[:_HEAD])
    entries = _entries(data)
    if root is not None and root[1] == b"sitemapindex":
        parts = _choose_parts(entries, url=url, zone=zone)
        return ParsedFeed(
            title=None, language=None, articles=(), format=FeedFormat.NEWS_SITEMAP, parts=parts
        )
    if _NEWS not in data:
        raise OperationRefused(translatable("feed.sitemap_without_news"))
    named = [entry for entry in entries if tidy(entry.get("title", "")) and entry.get("url")]
    articles = [
        _article(entry, url=url, zone=zone) for entry in _newest(named, zone=zone, most=most)
    ]
    skipped = len(entries) - len(named)
    first = named[0] if named else {}
    return ParsedFeed(
        title=tidy(first.get("publication", "")) or None,
        language=_language(first),
        articles=[each for each in articles if each.url],
        format=FeedFormat.NEWS_SITEMAP,
        remark=translatable("feed.entries_without_headline", count=skipped) if skipped else None,
    )


def _article(entry: Entry, *, url: str, zone: tzinfo) -> ParsedArticle:
    published = parse_timestamp(entry.get("published", ""), zone=zone)
    updated = parse_timestamp(entry.get("updated", ""), zone=zone)
    image = entry.get("image", "")
    usable = absolute_url(url, image) if is_usable_image(image) else None
    return ParsedArticle(
        title=tidy(entry["title"]),
        url=absolute_url(url, entry["url"], keep_fragment=True),
        published=published or updated,
        # The file's own date may be that of a change in its layout, so an earlier one says nothing.
        updated=updated if published and updated and updated > published else None,
        language=_language(entry),
        tags=normalise_labels(entry.get("keywords", "")[:_MAX_KEYWORDS].split(",")),
        image_url=usable,
        image_alt=(tidy(entry.get("caption", "")) or None) if usable else None,
    )


def _language(entry: Entry) -> str | None:
    found = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", entry.get("language", ""))
    return found[1].lower() if found else None


def _newest(entries: Sequence[Entry], *, zone: tzinfo, most: int) -> list[Entry]:
    """Return the newest entries, the newest first; of very many, only those at both ends count."""
    if len(entries) > 2 * _MAX_CONSIDERED:
        entries = [*entries[:_MAX_CONSIDERED], *entries[-_MAX_CONSIDERED:]]
    dated = [(_date_of(entry, zone=zone), at) for at, entry in enumerate(entries)]
    dated.sort(key=lambda each: (each[0], -each[1]), reverse=True)
    return [entries[at] for _, at in dated[:most]]


def _date_of(entry: Entry, *, zone: tzinfo) -> datetime:
    stated = entry.get("published") or entry.get("updated") or ""
    return parse_timestamp(stated, zone=zone) or _EARLIEST


def _choose_parts(entries: Sequence[Entry], *, url: str, zone: tzinfo) -> tuple[str, ...]:
    own = urlsplit(url).hostname
    found = [
        (bool(_NEWS_NAME.search(urlsplit(there).path)), _date_of(entry, zone=zone), there)
        for entry in entries[-_MAX_CONSIDERED:]
        if (there := absolute_url(url, entry.get("url"), keep_origin=True))
        and _is_same_site(own, urlsplit(there).hostname)
    ]
    found.sort(key=lambda each: each[:2], reverse=True)
    return tuple(dict.fromkeys(there for _, _, there in found))[:MAX_PARTS]


def _is_same_site(own: str | None, other: str | None) -> bool:
    """Return whether a sitemap belongs to the site of its index (sitemaps.org, "location")."""
    one, two = (own or "").removeprefix("www."), (other or "").removeprefix("www.")
    return one == two or one.endswith(f".{two}") or two.endswith(f".{one}")


def _entries(data: bytes) -> list[Entry]:
    target = _Target()
    parser = etree.XMLParser(
        target=target, recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise OperationRefused(translatable("feed.broken")) from error
    return target.entries


@dataclass(slots=True)
class _Target:
    """Collects the entries of a sitemap: what is two levels below its root, by `_FIELDS`."""

    entries: list[Entry] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _size: int = 0

    def start(self, tag: str, _attributes: Any) -> None:
        self._path.append(tag.rpartition("}")[2])
        self._text, self._size = [], 0
        if self._path[1:] in _ENTRIES:
            self.entries.append({})

    def end(self, _tag: str) -> None:
        name = _FIELDS.get(tuple(self._path[2:]))
        # The first picture of several is the article's.
        if name is not None and self.entries:
            self.entries[-1].setdefault(name, "".join(self._text).strip())
        self._text, self._size = [], 0
        self._path.pop()

    def data(self, text: str) -> None:
        if self._size < _MAX_TEXT:
            self._text.append(text[: _MAX_TEXT - self._size])
            self._size += len(text)

    def close(self) -> None:
        """Return nothing; what was found is in `entries`."""
