"""Pure: what discovery finds on a site, and the facts by which one of its feeds is chosen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from service.articles.parsed_article import FeedFormat, ParsedArticle, ParsedFeed
from service.articles.urls import url_alias
from service.kit.errors import CrieurError
from service.kit.translatable import TranslatableMessage, json_fields

_FULL_TEXT_LENGTH = 800
"""Characters: the texts of a feed that has whole articles are longer, its teasers shorter."""

_COMMENTS = re.compile(
    r"(?<![a-z])(?:comments?|commentaires?|coment[aá]rios?|comentarios?|kommentare)(?![a-z])"
    r"|تعليقات",
    re.IGNORECASE,
)


class FoundBy(StrEnum):
    """How a feed was found, the surest way first."""

    ADDRESS = "address"
    """The address that was given is the feed."""
    DECLARED = "declared"
    """The page declares it."""
    LINKED = "linked"
    """The page links to what looks like a feed."""
    WELL_KNOWN = "well_known"
    """It is where many sites have one."""
    SITEMAP = "sitemap"
    """It is a news sitemap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCandidate:
    """A feed that discovery has found and parsed; times are aware."""

    url: str
    format: FeedFormat
    found_by: FoundBy
    title: str | None
    language: str | None
    items: int
    newest_at: datetime | None
    # None: it lists nothing, so this is unknown.
    has_full_text: bool | None
    has_comments: bool
    hub_url: str | None
    remark: TranslatableMessage | None
    article_aliases: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """Return what a program needs to know of it."""
        return {
            "url": self.url,
            "format": self.format.value,
            "found_by": self.found_by.value,
            "title": self.title,
            "language": self.language,
            "items": self.items,
            "newest_at": self.newest_at.isoformat() if self.newest_at else None,
            "has_full_text": self.has_full_text,
            "has_comments": self.has_comments,
            "hub_url": self.hub_url,
            **json_fields("remark", self.remark),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOffer:
    """What was found at an address, the best feed first.

    `choice` is the feed to add; without one, `problem` says why and what to do. Both are None if
    the address itself could not be read now: `unread` is the error. `is_cut_short` says that the
    deadline, or the greatest number of requests, ended the search.
    """

    url: str
    feeds: Sequence[FeedCandidate] = ()
    choice: FeedCandidate | None = None
    problem: TranslatableMessage | None = None
    unread: CrieurError | None = None
    wordpress_api: str | None = None
    hub_url: str | None = None
    is_cut_short: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what a program needs to know of it."""
        return {
            "url": self.url,
            "choice": self.choice.url if self.choice else None,
            "feeds": [each.to_json() for each in self.feeds],
            "wordpress_api": self.wordpress_api,
            "hub_url": self.hub_url,
            "is_cut_short": self.is_cut_short,
            **json_fields("problem", self.unread.message if self.unread else self.problem),
        }


def describe_candidate(
    feed: ParsedFeed, *, url: str, found_by: FoundBy, link_title: str = ""
) -> FeedCandidate:
    """Return a parsed feed as a candidate; `link_title` is what a page calls it."""
    dates = [at for each in feed.articles if (at := each.published or each.updated)]
    return FeedCandidate(
        url=url,
        format=feed.format,
        found_by=found_by,
        title=feed.title or link_title or None,
        language=feed.language,
        items=len(feed.articles),
        newest_at=max(dates, default=None),
        has_full_text=_has_full_text(feed.articles),
        has_comments=_has_comments(feed, url=url, link_title=link_title),
        hub_url=feed.hub_url,
        remark=feed.remark,
        article_aliases=frozenset(url_alias(each.url) for each in feed.articles if each.url),
    )


def _has_full_text(articles: Sequence[ParsedArticle]) -> bool | None:
    if not articles:
        return None
    return median(sum(map(len, each.body)) for each in articles) >= _FULL_TEXT_LENGTH


def _has_comments(feed: ParsedFeed, *, url: str, link_title: str) -> bool:
    fragments = [urlsplit(each.url or "").fragment for each in feed.articles]
    shown = sum(fragment.startswith("comment") for fragment in fragments)
    if shown * 2 > len(fragments):
        return True
    return any(
        _COMMENTS.search(text) for text in (urlsplit(url).path, link_title, feed.title or "")
    )
