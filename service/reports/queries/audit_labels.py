"""What the ids in the journal are called today."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.tables import ApiKey, Operator
from service.articles.tables import Article, Feed
from service.audience.tables import Subscriber
from service.editions.tables import Edition
from service.newsletters.tables import Newsletter


def newsletters(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
    """Name and slug of newsletters; archived ones have no page, so no slug."""
    rows = session.execute(
        select(Newsletter.id, Newsletter.name, Newsletter.slug, Newsletter.archived_at).where(
            Newsletter.id.in_(ids)
        )
    )
    return {
        newsletter_id: (name, None if archived_at else slug)
        for newsletter_id, name, slug, archived_at in rows
    }


def editions(session: Session, ids: Collection[int]) -> dict[int, tuple[str | None, str]]:
    """Subject, None before there is one, and the newsletter's name."""
    rows = session.execute(
        select(Edition.id, Edition.subject, Newsletter.name)
        .join(Newsletter, Newsletter.id == Edition.newsletter_id)
        .where(Edition.id.in_(ids))
    )
    return {edition_id: (subject, name) for edition_id, subject, name in rows}


def articles(session: Session, ids: Collection[int]) -> dict[int, str | None]:
    """Headlines of articles."""
    rows = session.execute(select(Article.id, Article.title).where(Article.id.in_(ids)))
    return dict(iter(rows))


def feeds(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
    """Title or address of feeds, and their newsletter's slug."""
    rows = session.execute(
        select(Feed.id, Feed.title, Feed.url, Newsletter.slug, Newsletter.archived_at)
        .outerjoin(Newsletter, Newsletter.id == Feed.newsletter_id)
        .where(Feed.id.in_(ids))
    )
    return {
        feed_id: (title or url, None if archived_at else slug)
        for feed_id, title, url, slug, archived_at in rows
    }


def keys(session: Session, ids: Collection[int]) -> dict[int, str | None]:
    """Names of API keys."""
    rows = session.execute(select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(ids)))
    return dict(iter(rows))


def operators(session: Session, ids: Collection[int]) -> dict[int, str | None]:
    """Names of operators."""
    rows = session.execute(select(Operator.id, Operator.name).where(Operator.id.in_(ids)))
    return dict(iter(rows))


def subscribers(session: Session, ids: Collection[int]) -> dict[int, str | None]:
    """Addresses of readers, None of those who were erased."""
    rows = session.execute(select(Subscriber.id, Subscriber.address).where(Subscriber.id.in_(ids)))
    return dict(iter(rows))
