"""Store parsed articles: insert new ones, revise known ones, recognise repeated ones.

An article is first seen once; the windows of editions use that time. The publisher's dates are
stored as given and decide whether an article was news when it was first seen
(`service.articles.news`). Sources have different parts of an article (a feed has its summary, a
page its text), so a part that a source lacks is kept. If two feeds list an article, the first one
revises it; the other only adds what is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.articles import placement_queries, queries
from service.articles.corrections import keep_corrections
from service.articles.identity import content_hash, url_numbers
from service.articles.merge import as_parsed, columns_of, with_known_parts
from service.articles.news import FeedHistory, FeedItem, ItemAge, classify_items
from service.articles.parsed_article import ParsedArticle
from service.articles.read_models import ArticleDetails, article_details
from service.articles.recognition import AliasedArticle, assign_aliases, find_existing
from service.articles.size_limits import enforce_limits
from service.articles.tables import Article
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)


class ArticleKind(StrEnum):
    """How an article came in."""

    EVENT = "event"
    FEED = "feed"
    PAGE = "page"
    CLIPPING = "clipping"


class IngestState(StrEnum):
    """What storing a parsed article changed."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """The feed that articles came by, its history, and how it places them in sections."""

    feed_id: int
    newsletter_id: int
    section_key: str | None = None
    # Decides whether an item is news; without it all items are news.
    history: FeedHistory | None = None
    # Returns the slug of the newsletter's section that an article belongs in, or None.
    place: Callable[[ArticleDetails], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """An article as it is stored now, and what changed."""

    article: ArticleDetails
    state: IngestState


def upsert(
    session: Session,
    parsed: ParsedArticle,
    *,
    kind: ArticleKind,
    now: datetime,
    feed: FeedContext | None = None,
) -> IngestResult:
    """Store one article; it may come any number of times and from several sources."""
    return upsert_all(session, [parsed], kind=kind, now=now, feed=feed)[0]


def upsert_all(
    session: Session,
    parsed_articles: Sequence[ParsedArticle],
    *,
    kind: ArticleKind,
    now: datetime,
    feed: FeedContext | None = None,
) -> list[IngestResult]:
    """Store many articles in a fixed number of statements; repeated ones count once.

    Returns the stored articles in the given order, without repeated ones. `feed` is None for
    articles that did not come by a feed; those are always news, and for all newsletters.
    """
    origin = _Origin(kind=kind, feed=feed, now=now)
    parsed_articles = [enforce_limits(parsed) for parsed in parsed_articles]
    batch = assign_aliases(session, parsed_articles, feed_id=origin.feed_id)
    known = find_existing(session, batch, feed_id=origin.feed_id)
    ages = _ages(session, batch, known, origin)
    unknown = [
        pair for pair, at in zip(zip(batch, ages, strict=True), known, strict=True) if not at
    ]
    created = _create(session, unknown, origin)
    owners = queries.ids_by_alias(session, [alias for each in batch for alias in each.aliases])
    ids = [_required(at or each.find_owner(owners)) for each, at in zip(batch, known, strict=True)]
    articles = queries.lock_articles(session, ids)
    results = [
        _revise(articles[at], each.parsed, origin, is_new=at in created)
        for each, at in zip(batch, ids, strict=True)
    ]
    queries.claim_aliases(
        session,
        {
            alias: at
            for each, at in zip(batch, ids, strict=True)
            for alias in each.aliases
            if alias not in owners
        },
    )
    queries.mark_aliases_shared(
        session, {alias: at for each, at in zip(batch, ids, strict=True) for alias in each.shared}
    )
    if feed is not None:
        _place(session, [each.article for each in results], feed)
    _log_changes(results, kind=kind)
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """How, by which feed and when articles came in."""

    kind: ArticleKind
    feed: FeedContext | None
    now: datetime

    @property
    def feed_id(self) -> int | None:
        return self.feed.feed_id if self.feed else None

    @property
    def is_manual(self) -> bool:
        return self.kind in {ArticleKind.PAGE, ArticleKind.CLIPPING}


def _ages(
    session: Session, batch: Sequence[AliasedArticle], known: Sequence[int | None], origin: _Origin
) -> list[ItemAge]:
    """Return the age of each article, and whether it is archive."""
    history = origin.feed.history if origin.feed else None
    if history is None:
        # An operator or the publisher submitted it on purpose: that makes it news.
        return [ItemAge(dated_at=None, backlog=False) for _ in batch]
    listed = sorted(range(len(batch)), key=lambda at: batch[at].parsed.position or 0)
    # Only undated items need the times at which the known ones were first seen.
    needed = (
        {at for at in known if at} if not all(each.parsed.published for each in batch) else set()
    )
    first_seen = {each.id: each.first_seen_at for each in queries.articles_by_ids(session, needed)}
    ages = classify_items(
        [
            FeedItem(
                published=batch[at].parsed.published,
                updated=batch[at].parsed.updated,
                known=known[at] is not None,
                url_numbers=url_numbers(batch[at].parsed),
                first_seen=first_seen.get(known[at] or 0),
            )
            for at in listed
        ],
        history=history,
        now=origin.now,
    )
    age_of = dict(zip(listed, ages, strict=True))
    return [age_of[at] for at in range(len(batch))]


def _create(
    session: Session, unknown: Sequence[tuple[AliasedArticle, ItemAge]], origin: _Origin
) -> set[int]:
    """Insert articles and claim their aliases; of two concurrent inserts the second one is undone.

    Returns the ids of the articles that were inserted.
    """
    if not unknown:
        return set()
    # From the end of a feed to its top: of two without a date, the later id is the newer.
    ordered = sorted(unknown, key=lambda pair: -(pair[0].parsed.position or 0))
    rows = [
        {
            **columns_of(each.parsed),
            "kind": origin.kind,
            "publication_wide": origin.feed is None,
            "feed_id": origin.feed_id,
            "backlog": age.backlog,
            "dated_at": age.dated_at,
            "first_seen_at": origin.now,
            "content_hash": content_hash(each.parsed),
        }
        for each, age in ordered
    ]
    batch = [each for each, _ in ordered]
    ids = queries.add_articles(session, rows)
    claims = {
        alias: at for each, at in zip(batch, ids, strict=True) for alias in each.unique_aliases
    }
    queries.claim_aliases(session, claims)
    owners = queries.ids_by_alias(session, list(claims))
    conflicting = {at for each, at in zip(batch, ids, strict=True) if each.find_owner(owners) != at}
    if conflicting:
        queries.delete_articles(session, conflicting)
    return set(ids) - conflicting


def _revise(
    article: Article, parsed: ParsedArticle, origin: _Origin, *, is_new: bool
) -> IngestResult:
    """Update a stored article to its parsed version."""
    if is_new:
        return IngestResult(article=article_details(article), state=IngestState.NEW)
    if article.withdrawn_at is not None:
        return IngestResult(article=article_details(article), state=IngestState.WITHDRAWN)
    if origin.feed is None:
        article.publication_wide = True
    if origin.is_manual and article.backlog:
        # Known from an archive, and submitted on purpose now.
        article.backlog, article.dated_at, article.first_seen_at = False, None, origin.now
    if parsed.updated and article.updated_at and parsed.updated < article.updated_at:
        # An older version came late: an event overtaken by another, or a stale cache.
        return IngestResult(article=article_details(article), state=IngestState.UNCHANGED)
    if origin.feed is not None and article.full_text_at is not None:
        # Its text is that of its page.
        parsed = replace(parsed, body=())
    if _may_revise(article, origin):
        own, article.corrections = keep_corrections(parsed, as_parsed(article), article.corrections)
        merged = with_known_parts(own, article)
    else:
        merged = with_known_parts(as_parsed(article), parsed)
    article.updated_at = parsed.updated or article.updated_at
    article.published_at = article.published_at or parsed.published
    state = store_version(article, merged, now=origin.now)
    return IngestResult(article=article_details(article), state=state)


def store_version(article: Article, merged: ParsedArticle, *, now: datetime) -> IngestState:
    """Store the merged version, and return whether readers would see a difference."""
    # Used for placement only; readers do not see it.
    article.categories, article.tags = list(merged.categories), list(merged.tags)
    new_hash = content_hash(merged)
    if new_hash == article.content_hash:
        return IngestState.UNCHANGED
    for field, value in columns_of(merged).items():
        setattr(article, field, value)
    article.content_hash = new_hash
    article.revised_at = now
    return IngestState.REVISED


def _may_revise(article: Article, origin: _Origin) -> bool:
    """Return whether the origin may revise an article: its first feed may, unlike others."""
    if origin.feed is None:
        return True
    if article.feed_id is None and article.kind != ArticleKind.EVENT:
        article.feed_id = origin.feed.feed_id
    return article.feed_id == origin.feed.feed_id


def _place(session: Session, articles: Sequence[ArticleDetails], feed: FeedContext) -> None:
    placements = {
        article.id: feed.place(article) if feed.place else feed.section_key or article.section_key
        for article in articles
    }
    placement_queries.upsert_placements(
        session, placements, newsletter_id=feed.newsletter_id, feed_id=feed.feed_id
    )


def _required(article_id: int | None) -> int:
    if article_id is None:
        raise RuntimeError("An article was stored without an alias.")
    return article_id


def _log_changes(results: Sequence[IngestResult], *, kind: ArticleKind) -> None:
    for each in results:
        if each.state is IngestState.NEW:
            log.info("article.added", article=each.article.id, kind=kind)
        elif each.state is IngestState.REVISED:
            log.info("article.revised", article=each.article.id, kind=kind)
