"""Store the articles that a feed lists, or that its hub has sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.articles import section_rules
from service.articles.feeds.withdraw_deleted import withdraw_deleted
from service.articles.full_text.request_full_text import request_full_texts
from service.articles.ingest import ArticleKind, FeedContext, IngestState, upsert_all
from service.articles.news import FeedHistory
from service.articles.parsed_article import ParsedFeed
from service.articles.read_models import ArticleDetails
from service.articles.tables import Feed
from service.kit.db import Session
from service.kit.translatable import TranslatableMessage
from service.newsletters import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """The result of one poll; `error` is a message, or None if it succeeded."""

    new: int = 0
    # How many of the new ones are backlog: stored, but not news.
    archive: int = 0
    revised: int = 0
    # How many the feed has listed as deleted.
    withdrawn: int = 0
    items: int = 0
    # A message about a feed that could be parsed nevertheless.
    remark: TranslatableMessage | None = None
    error: TranslatableMessage | None = None
    # The ids of what is new and news; none at a feed's first poll, which knows nothing.
    news: Sequence[int] = ()

    @property
    def has_news(self) -> bool:
        """Whether an article is new or revised."""
        return self.new + self.revised > 0


NewsHandler = Callable[[Session, Sequence[int]], object]
"""What a worker does with the ids of news, in the transaction that stores it."""


def store_items(
    session: Session, feed: Feed, parsed_feed: ParsedFeed, *, now: datetime
) -> PollResult:
    """Store a feed's articles, and withdraw those that it lists as deleted."""
    context = _context_of(session, feed)
    results = upsert_all(
        session, parsed_feed.articles, kind=ArticleKind.FEED, now=now, feed=context
    )
    if feed.full_text:
        request_full_texts(session, results, now=now)
    is_first = context.history is None or context.history.item_count is None
    deletions = withdraw_deleted(session, parsed_feed, feed_id=feed.id, now=now)
    return PollResult(
        new=sum(each.state is IngestState.NEW for each in results),
        archive=sum(each.state is IngestState.NEW and each.article.backlog for each in results),
        withdrawn=deletions.withdrawn,
        items=len(parsed_feed.articles),
        remark=deletions.remark or parsed_feed.remark,
        revised=sum(each.state is IngestState.REVISED for each in results),
        news=[
            each.article.id
            for each in results
            if each.state is IngestState.NEW and not each.article.backlog and not is_first
        ],
    )


def _context_of(session: Session, feed: Feed) -> FeedContext:
    """Return the context in which a feed's articles are classified and placed."""
    newsletter = catalogue.get_by_id(session, feed.newsletter_id)
    placer = section_rules.placer_for(session, newsletter)

    def place(article: ArticleDetails) -> str | None:
        facts = section_rules.facts_of(
            article, placed_key=None, feed_id=feed.id, feed_section=feed.section_key
        )
        return placer.place(facts).section or feed.section_key or article.section_key

    items = feed.items if feed.items is not None else None if feed.polled_at is None else 0
    return FeedContext(
        feed_id=feed.id,
        newsletter_id=feed.newsletter_id,
        section_key=feed.section_key,
        history=FeedHistory(item_count=items, horizon=newsletter.horizon),
        place=place,
    )
