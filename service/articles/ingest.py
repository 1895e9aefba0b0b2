"""Take stories in: new, revised or known, and one article however often and wherever from.

An article is first seen once; windows of editions use that instant. The publisher's dates are
stored as they are told, and say whether an article was news when it was first seen
(`service.articles.news`). Sources know different parts of an article (a feed has its summary, a
page its text), so a part that a source does not tell is kept. An article that two feeds list is
told by the first of them; the other only adds what is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.articles import queries
from service.articles.identity import content_hash, url_numbers
from service.articles.news import FeedHistory, FeedItem, ItemAge, classify_items
from service.articles.parsed_article import ParsedArticle
from service.articles.recognition import AliasedArticle, assign_aliases, find_existing
from service.articles.sections import section_key
from service.articles.size_limits import enforce_limits
from service.articles.tables import Article
from service.articles.urls import clean_url
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)


class ArticleKind(StrEnum):
    """How an article came."""

    EVENT = "event"
    FEED = "feed"
    PAGE = "page"
    CLIPPING = "clipping"


class IngestState(StrEnum):
    """What taking a story in has changed."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """The feed that stories came by, what is known of it, and where it files them."""

    feed_id: int
    newsletter_id: int
    section_key: str | None = None
    # What decides whether an item is news; None takes all of them as news.
    before: FeedHistory | None = None
    # The section of the newsletter that an article belongs in, by its rules and categories.
    file: Callable[[Article], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """An article as it is stored now, and what its story has changed."""

    article: Article
    state: IngestState


def upsert(
    session: Session,
    story: ParsedArticle,
    *,
    kind: ArticleKind,
    now: datetime,
    feed: FeedContext | None = None,
) -> IngestResult:
    """Take one story in; it may come any number of times and from several sources."""
    return upsert_all(session, [story], kind=kind, now=now, feed=feed)[0]


def upsert_all(
    session: Session,
    stories: Sequence[ParsedArticle],
    *,
    kind: ArticleKind,
    now: datetime,
    feed: FeedContext | None = None,
) -> list[IngestResult]:
    """Take many stories in, in a fixed number of statements; repeated ones count once."""
    source = _Source(kind=kind, feed=feed, now=now)
    stories = [enforce_limits(story) for story in stories]
    named = assign_aliases(session, stories, feed_id=source.feed_id)
    known = find_existing(session, named, feed_id=source.feed_id)
    ages = _ages(session, named, known, source)
    unknown = [
        pair for pair, at in zip(zip(named, ages, strict=True), known, strict=True) if not at
    ]
    created = _create(session, unknown, source)
    owners = queries.ids_by_alias(session, [alias for each in named for alias in each.aliases])
    ids = [_certain(at or each.find(owners)) for each, at in zip(named, known, strict=True)]
    articles = queries.lock_articles(session, ids)
    taken = [
        _revise(articles[at], each.story, source, is_new=at in created)
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
    queries.mark_aliases_shared(
        session, {alias: at for each, at in zip(named, ids, strict=True) for alias in each.shared}
    )
    if feed is not None:
        _file(session, [each.article for each in taken], feed)
    _tell(taken, kind=kind)
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """How, whence and when stories came."""

    kind: ArticleKind
    feed: FeedContext | None
    now: datetime

    @property
    def feed_id(self) -> int | None:
        return self.feed.feed_id if self.feed else None

    @property
    def is_by_hand(self) -> bool:
        return self.kind in {ArticleKind.PAGE, ArticleKind.CLIPPING}


def _ages(
    session: Session, named: Sequence[AliasedArticle], known: Sequence[int | None], source: _Source
) -> list[ItemAge]:
    """Tell of each story how old it is, and whether it is an archive's."""
    before = source.feed.before if source.feed else None
    if before is None:
        # Somebody told it on purpose, an operator or the publisher: that makes it news.
        return [ItemAge(dated=None, backlog=False) for _ in named]
    listed = sorted(range(len(named)), key=lambda at: named[at].story.place or 0)
    # Only where the order decides does it matter when the others came.
    asked = {at for at in known if at} if not all(each.story.published for each in named) else set()
    seen = {each.id: each.first_seen_at for each in queries.articles_by_ids(session, asked)}
    ages = classify_items(
        [
            FeedItem(
                published=named[at].story.published,
                updated=named[at].story.updated,
                known=known[at] is not None,
                order=url_numbers(named[at].story),
                seen=seen.get(known[at] or 0),
            )
            for at in listed
        ],
        before=before,
        now=source.now,
    )
    age_of = dict(zip(listed, ages, strict=True))
    return [age_of[at] for at in range(len(named))]


def _create(
    session: Session, unknown: Sequence[tuple[AliasedArticle, ItemAge]], source: _Source
) -> set[int]:
    """Insert articles and claim their names; whoever claims second gives way."""
    if not unknown:
        return set()
    # From the bottom of a feed to its top: of two without a date, the later id is the newer.
    ordered = sorted(unknown, key=lambda pair: -(pair[0].story.place or 0))
    rows = [
        {
            **_content(each.story),
            "kind": source.kind,
            "publication_wide": source.feed is None,
            "feed_id": source.feed_id,
            "backlog": age.backlog,
            "dated_at": age.dated,
            "first_seen_at": source.now,
            "content_hash": content_hash(each.story),
        }
        for each, age in ordered
    ]
    named = [each for each, _ in ordered]
    ids = queries.add_articles(session, rows)
    claims = {alias: at for each, at in zip(named, ids, strict=True) for alias in each.lookup}
    queries.claim_aliases(session, claims)
    owners = queries.ids_by_alias(session, list(claims))
    lost = {at for each, at in zip(named, ids, strict=True) if each.find(owners) != at}
    if lost:
        queries.delete_articles(session, lost)
    return set(ids) - lost


def _revise(
    article: Article, story: ParsedArticle, source: _Source, *, is_new: bool
) -> IngestResult:
    """Bring a stored article up to what its story tells now."""
    if is_new:
        return IngestResult(article=article, state=IngestState.NEW)
    if article.withdrawn_at is not None:
        return IngestResult(article=article, state=IngestState.WITHDRAWN)
    if source.feed is None:
        article.publication_wide = True
    if source.is_by_hand and article.backlog:
        # Known from an archive, and wanted now.
        article.backlog, article.dated_at, article.first_seen_at = False, None, source.now
    if story.updated and article.updated_at and story.updated < article.updated_at:
        # News of an older version came late: an event overtaken by another, or a stale cache.
        return IngestResult(article=article, state=IngestState.UNCHANGED)
    whole = _completed(story, article)
    if not _may_revise(article, source):
        whole = _completed(_stored(article), story)
    article.updated_at = story.updated or article.updated_at
    article.published_at = article.published_at or story.published
    return IngestResult(article=article, state=_rewrite(article, whole, now=source.now))


def _rewrite(article: Article, whole: ParsedArticle, *, now: datetime) -> IngestState:
    """Store what is told now, and tell whether readers would see a difference."""
    # What articles are filed by, and nobody reads.
    article.categories, article.tags = list(whole.categories), list(whole.tags)
    told = content_hash(whole)
    if told == article.content_hash:
        return IngestState.UNCHANGED
    for field, value in _content(whole).items():
        setattr(article, field, value)
    article.content_hash = told
    article.revised_at = now
    return IngestState.REVISED


def _may_revise(article: Article, source: _Source) -> bool:
    """Tell whether a source has a say in what is told: of feeds the first, and none over events."""
    if source.feed is None:
        return True
    if article.feed_id is None and article.kind != ArticleKind.EVENT:
        article.feed_id = source.feed.feed_id
    return article.feed_id == source.feed.feed_id


def _completed(story: ParsedArticle, known: Article | ParsedArticle) -> ParsedArticle:
    """Return the story with what it does not tell taken from what is known already."""
    if isinstance(known, Article):
        known = _stored(known)
    return replace(
        story,
        section=story.section or known.section,
        categories=story.categories or known.categories,
        tags=story.tags or known.tags,
        summary=story.summary or known.summary,
        body=story.body or known.body,
        authors=story.authors or known.authors,
        related=story.related or known.related,
        url=clean_url(story.url, keep_fragment=True) or known.url,
        language=story.language or known.language,
        published=known.published or story.published,
        updated=story.updated or known.updated,
        image_url=story.image_url or known.image_url,
        image_alt=story.image_alt or (known.image_alt if not story.image_url else None),
    )


def _stored(article: Article) -> ParsedArticle:
    """Return a stored article as a story."""
    return ParsedArticle(
        title=article.title,
        section=article.section,
        categories=tuple(article.categories),
        tags=tuple(article.tags),
        summary=article.summary,
        body=tuple(article.body),
        authors=tuple(article.authors),
        published=article.published_at,
        updated=article.updated_at,
        url=article.url,
        language=article.language,
        related=tuple(article.related),
        image_url=article.image_url,
        image_alt=article.image_alt,
    )


def _content(story: ParsedArticle) -> dict[str, Any]:
    return {
        "url": clean_url(story.url, keep_fragment=True),
        "section": story.section,
        "section_key": section_key(story.section),
        "categories": list(story.categories),
        "tags": list(story.tags),
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


def _file(session: Session, articles: Sequence[Article], feed: FeedContext) -> None:
    filings = {
        article.id: feed.file(article) if feed.file else feed.section_key or article.section_key
        for article in articles
    }
    queries.upsert_placements(
        session, filings, newsletter_id=feed.newsletter_id, feed_id=feed.feed_id
    )


def _certain(article_id: int | None) -> int:
    assert article_id is not None, "an article was just stored under each name"
    return article_id


def _tell(taken: Sequence[IngestResult], *, kind: ArticleKind) -> None:
    for each in taken:
        if each.state is IngestState.NEW:
            log.info("article.added", article=each.article.id, kind=kind)
        elif each.state is IngestState.REVISED:
            log.info("article.revised", article=each.article.id, kind=kind)
