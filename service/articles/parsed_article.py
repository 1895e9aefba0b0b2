"""Pure: the values that parsers make of what they read, before it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedArticle:
    """One published item as its source tells it; all texts are plain, on one line each.

    Stories are equal when readers would see no difference.
    """

    title: str
    section: str | None = None
    # All categories and tags that its source names, in their order, each once.
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
    # Its place in the feed, from the top; the order tells what is new where there is no date.
    place: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDefaults:
    """What holds for all items of a feed; links are meant from `base`, its site."""

    base: str
    zone: tzinfo
    language: str | None
    # The authors of items that name none.
    house: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's own title and language, and its stories."""

    title: str | None
    language: str | None
    stories: Sequence[ParsedArticle]
    # What an operator should know of a feed that could be read all the same.
    remark: str | None = None
