"""Take stories in: new, revised or known, and one article however often and wherever from.

An article is first seen once; windows of editions use that instant. The publisher's dates are
stored as they are told and decide nothing. Sources know different parts of an article (a feed
has its summary, a page its text), so a part that a source does not tell is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog

from service.articles import queries
from service.articles.identity import clean_url, content_hash, strong_aliases, weak_alias
from service.articles.sections import section_key
from service.articles.story import Story
from service.articles.tables import Article
from service.kit.db import Session

log = structlog.get_logger(__name__)


class Kind(StrEnum):
    """How an article came."""

    EVENT = "event"
    FEED = "feed"
    PAGE = "page"
    CLIPPING = "clipping"


class State(StrEnum):
    """What taking a story in has changed."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed that stories came by; what it files them under, and what is old for it."""

    feed_id: int
    newsletter_id: int
    section_key: str | None = None
    # At a feed's first poll: what was published before this instant is known, but not news.
    backlog_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An article as it is stored now, and what its story has changed."""

    article: Article
    state: State


def take(
    session: Session, story: Story, *, kind: Kind, now: datetime, feed: Origin | None = None
) -> Taken:
    """Take one story in; it may come any number of times and from several sources."""
    return take_all(session, [story], kind=kind, now=now, feed=feed)[0]


def take_all(
    session: Session,
    stories: Sequence[Story],
    *,
    kind: Kind,
    now: datetime,
    feed: Origin | None = None,
) -> list[Taken]:
    """Take many stories in, in a fixed number of statements; repeated ones count once."""
    feed_id = feed.feed_id if feed else None
    named = _each_once([_Named.of(story, feed_id) for story in stories])
    owners = queries.ids_by_alias(session, [alias for each in named for alias in each.lookup])
    unknown = [each for each in named if each.find(owners) is None]
    created = _create(session, unknown, kind=kind, now=now, feed=feed)
    owners = queries.ids_by_alias(session, [alias for each in named for alias in each.aliases])
    ids = [_known(each.find(owners)) for each in named]
    articles = queries.locked(session, ids)
    taken = [
        _revise(articles[at], each.story, wide=feed is None, now=now, is_new=at in created)
        for each, at in zip(named, ids, strict=True)
    ]
    queries.claim_aliases(
        session,
        {
            alias: at
            for each, at in zip(named, ids, strict=True)
            for alias in each.aliases
            if alias not in owners
        },
    )
    if feed is not None:
        filings = {each.article.id: feed.section_key or each.article.section_key for each in taken}
        queries.file_articles(session, filings, newsletter_id=feed.newsletter_id)
    _tell(taken, kind=kind)
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A story with the names it is looked up by and those it will be known by."""

    story: Story
    lookup: tuple[str, ...]
    aliases: tuple[str, ...]

    @classmethod
    def of(cls, story: Story, feed_id: int | None) -> "_Named":
        strong = tuple(strong_aliases(story, feed_id=feed_id))
        weak = weak_alias(story)
        # Only a story without any other name is recognised by headline and day.
        return cls(story=story, lookup=strong or (weak,), aliases=(*strong, weak))

    def find(self, owners: dict[str, int]) -> int | None:
        """Return the article that one of the names belongs to; the oldest if they differ."""
        return min((owners[alias] for alias in self.lookup if alias in owners), default=None)


def _each_once(named: Sequence[_Named]) -> list[_Named]:
    seen: set[str] = set()
    kept = []
    for each in named:
        if seen.isdisjoint(each.lookup):
            kept.append(each)
        seen.update(each.lookup)
    return kept


def _create(
    session: Session,
    named: Sequence[_Named],
    *,
    kind: Kind,
    now: datetime,
    feed: Origin | None,
) -> set[int]:
    """Insert articles and claim their names; whoever claims second gives way."""
    if not named:
        return set()
    rows = [
        {
            **_content(each.story),
            "kind": kind,
            "publication_wide": feed is None,
            "backlog": _is_old(each.story, feed),
            "first_seen_at": now,
            "content_hash": content_hash(each.story),
        }
        for each in named
    ]
    ids = queries.add_articles(session, rows)
    claims = {alias: at for each, at in zip(named, ids, strict=True) for alias in each.lookup}
    queries.claim_aliases(session, claims)
    owners = queries.ids_by_alias(session, list(claims))
    lost = {at for each, at in zip(named, ids, strict=True) if each.find(owners) != at}
    if lost:
        queries.delete_articles(session, lost)
    return set(ids) - lost


def _revise(article: Article, story: Story, *, wide: bool, now: datetime, is_new: bool) -> Taken:
    """Bring a stored article up to what its story tells now."""
    if is_new:
        return Taken(article=article, state=State.NEW)
    if article.withdrawn_at is not None:
        return Taken(article=article, state=State.WITHDRAWN)
    if wide:
        article.publication_wide = True
    if story.updated and article.updated_at and story.updated < article.updated_at:
        # News of an older version came late: an event overtaken by another, or a stale cache.
        return Taken(article=article, state=State.UNCHANGED)
    whole = _completed(story, article)
    told = content_hash(whole)
    article.updated_at = story.updated or article.updated_at
    article.published_at = article.published_at or story.published
    if told == article.content_hash:
        return Taken(article=article, state=State.UNCHANGED)
    for name, value in _content(whole).items():
        setattr(article, name, value)
    article.content_hash = told
    article.revised_at = now
    return Taken(article=article, state=State.REVISED)


def _completed(story: Story, article: Article) -> Story:
    """Return the story with what it does not tell taken from the stored article."""
    return replace(
        story,
        section=story.section or article.section,
        summary=story.summary or article.summary,
        body=story.body or tuple(article.body),
        authors=story.authors or tuple(article.authors),
        related=story.related or tuple(article.related),
        url=clean_url(story.url) or article.url,
        language=story.language or article.language,
        published=article.published_at or story.published,
        updated=story.updated or article.updated_at,
        image_url=story.image_url or article.image_url,
        image_alt=story.image_alt or (article.image_alt if not story.image_url else None),
    )


def _content(story: Story) -> dict[str, Any]:
    return {
        "url": clean_url(story.url),
        "section": story.section,
        "section_key": section_key(story.section),
        "title": story.title,
        "summary": story.summary,
        "body": list(story.body),
        "authors": list(story.authors),
        "related": list(story.related),
        "image_url": clean_url(story.image_url),
        "image_alt": story.image_alt,
        "language": story.language,
        "published_at": story.published,
        "updated_at": story.updated,
    }


def _is_old(story: Story, feed: Origin | None) -> bool:
    if feed is None or feed.backlog_before is None:
        return False
    told = story.published or story.updated
    return told is not None and told < feed.backlog_before


def _known(article_id: int | None) -> int:
    assert article_id is not None, "an article was just stored under each name"
    return article_id


def _tell(taken: Sequence[Taken], *, kind: Kind) -> None:
    for each in taken:
        if each.state is State.NEW:
            log.info("article.added", article=each.article.id, kind=kind)
        elif each.state is State.REVISED:
            log.info("article.revised", article=each.article.id, kind=kind)
