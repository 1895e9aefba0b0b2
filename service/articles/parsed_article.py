"""Pure: what parsers return, before it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from service.kit.translatable import TranslatableMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedArticle:
    """An article as its source has it; all texts are plain text without line breaks.

    Two are equal if readers would see no difference. Times are aware.
    """

    title: str
    section: str | None = None
    # All categories and tags of its source, in their order, each once.
    categories: tuple[str, ...] = field(default=(), compare=False)
    tags: tuple[str, ...] = field(default=(), compare=False)
    summary: str = ""
    body: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    language: str | None = None
    related: tuple[str, ...] = ()
    image_url: str | None = None
    image_alt: str | None = None
    guid: str | None = None
    # Its index in the feed, from the top; for items without a date the order shows what is new.
    position: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDefaults:
    """What holds for all items of a feed; relative links are resolved against `base`, its site."""

    base: str
    zone: tzinfo
    language: str | None
    # The authors of items that name none (an Atom or JSON feed's own authors).
    authors: tuple[str, ...]


class FeedFormat(StrEnum):
    """In which format a feed lists its articles."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"
    NEWS_SITEMAP = "news_sitemap"
    WORDPRESS = "wordpress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A feed's word that the entry with this guid was deleted."""

    guid: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's title and language, and its articles, the newest first."""

    title: str | None
    language: str | None
    articles: Sequence[ParsedArticle]
    format: FeedFormat = FeedFormat.RSS
    deleted: Sequence[Tombstone] = ()
    # The sitemaps that an index lists: it has no articles of its own.
    parts: Sequence[str] = ()
    # The WebSub hub that announces its changes.
    hub_url: str | None = None
    # The address that the feed gives as its own; hubs know it by this.
    self_url: str | None = None
    # What an operator should know about a feed that could be parsed nevertheless.
    remark: TranslatableMessage | None = None
