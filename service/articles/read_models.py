"""Feeds and articles as commands and pages receive them: plain values, no database session."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from service.articles.tables import Article, Feed
from service.kit.translatable import TranslatableMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDetails:
    """A stored article; the columns of `article`, which `service.articles.tables` explains."""

    id: int
    kind: str
    publication_wide: bool
    feed_id: int | None
    backlog: bool
    url: str | None
    section: str | None
    section_key: str | None
    categories: Sequence[str]
    tags: Sequence[str]
    title: str
    summary: str
    body: Sequence[str]
    authors: Sequence[str]
    related: Sequence[str]
    image_url: str | None
    image_alt: str | None
    language: str | None
    published_at: datetime | None
    updated_at: datetime | None
    dated_at: datetime | None
    first_seen_at: datetime
    revised_at: datetime | None
    withdrawn_at: datetime | None
    full_text_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDetails:
    """A feed; the columns of `feed`, without what only the next request needs."""

    id: int
    newsletter_id: int
    kind: str
    url: str
    title: str | None
    section_key: str | None
    full_text: bool
    every: timedelta
    next_poll_at: datetime
    polled_at: datetime | None
    items: int | None
    newest_at: datetime | None
    failures: int
    last_error: TranslatableMessage | None
    remark: TranslatableMessage | None
    paused_at: datetime | None
    created_at: datetime


def article_details(row: Article) -> ArticleDetails:
    """Return a row's values."""
    return ArticleDetails(**{each.name: getattr(row, each.name) for each in fields(ArticleDetails)})


def feed_details(row: Feed) -> FeedDetails:
    """Return a row's values."""
    return FeedDetails(**{each.name: getattr(row, each.name) for each in fields(FeedDetails)})
