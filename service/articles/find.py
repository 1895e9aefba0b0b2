"""Find articles and feeds, for commands and pages."""

from collections.abc import Collection

from service.articles import queries
from service.articles.read_models import (
    ArticleDetails,
    FeedDetails,
    article_details,
    feed_details,
)
from service.articles.sections import section_key
from service.articles.tables import Feed
from service.articles.websub.queries import states_of_feeds
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.paging import KeysetPage, make_page


def get_article(session: Session, article_id: int) -> ArticleDetails:
    """Return one article. Raises NotFound."""
    found = queries.article_by_id(session, article_id)
    if found is None:
        raise NotFound(f"There is no article {article_id}: see 'crieur article list'.")
    return article_details(found)


def get_article_for_update(session: Session, article_id: int) -> ArticleDetails:
    """Return an article as it is stored now, locked until the transaction ends. Raises NotFound."""
    queries.article_by_id(session, article_id, lock=True)
    return get_article(session, article_id)


def list_articles(
    session: Session,
    *,
    section: str | None = None,
    words: str | None = None,
    before_id: int | None = None,
    size: int = 50,
) -> KeysetPage[ArticleDetails]:
    """Return a page of articles, the newest first; its `after` is the next page's `before_id`.

    `words` is searched in headlines, regardless of case; `section` is a section's name.
    """
    rows = queries.recent_articles(
        session,
        section_key=section_key(section),
        words=words,
        before_id=before_id,
        limit=size + 1,
    )
    articles = [article_details(row) for row in rows]
    return make_page(articles, [each.id for each in articles], size=size)


def list_feeds(session: Session, *, newsletter_id: int | None = None) -> list[FeedDetails]:
    """Return all feeds, or one newsletter's."""
    return [feed_details(row) for row in queries.feeds(session, newsletter_id=newsletter_id)]


def get_feed(session: Session, feed_id: int) -> FeedDetails:
    """Return one feed. Raises NotFound."""
    return feed_details(require_feed(session, feed_id))


def get_feed_for_update(session: Session, feed_id: int) -> FeedDetails:
    """Return a feed as it is stored now, locked until the transaction ends. Raises NotFound."""
    require_feed(session, feed_id)
    queries.lock_feed_for_update(session, feed_id)
    return get_feed(session, feed_id)


def require_feed(session: Session, feed_id: int) -> Feed:
    """Return the row of a feed, for the verbs of this room. Raises NotFound."""
    found = queries.feed_by_id(session, feed_id)
    if found is None:
        raise NotFound(f"There is no feed {feed_id}: see 'crieur feed list'.")
    return found


def hub_states(session: Session, feeds: Collection[FeedDetails]) -> dict[int, str]:
    """Return the states of feeds' subscriptions at WebSub hubs, by the feeds' ids."""
    return {**states_of_feeds(session, [each.id for each in feeds])}
