"""Look articles and feeds up, for people to see."""

from service.articles import queries
from service.articles.sections import section_key
from service.articles.tables import Article, Feed
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.paging import KeysetPage, make_page


def get_article(session: Session, article_id: int) -> Article:
    """Return one article; raise NotFound."""
    found = queries.article_by_id(session, article_id)
    if found is None:
        raise NotFound(f"There is no article {article_id}: see 'crieur article list'.")
    return found


def list_articles(
    session: Session,
    *,
    section: str | None = None,
    words: str | None = None,
    before_id: int | None = None,
    size: int = 50,
) -> KeysetPage[Article]:
    """Return articles, the newest first; `after` of the page is the next page's `before_id`."""
    rows = queries.recent_articles(
        session,
        section_key=section_key(section),
        words=words,
        before_id=before_id,
        limit=size + 1,
    )
    return make_page(rows, [row.id for row in rows], size=size)


def list_feeds(session: Session, *, newsletter_id: int | None = None) -> list[Feed]:
    """Return all feeds, or one newsletter's."""
    return queries.feeds(session, newsletter_id=newsletter_id)


def get_feed(session: Session, feed_id: int) -> Feed:
    """Return one feed; raise NotFound."""
    found = queries.feed_by_id(session, feed_id)
    if found is None:
        raise NotFound(f"There is no feed {feed_id}: see 'crieur feed list'.")
    return found
