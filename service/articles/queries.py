"""Every SQL statement about feeds and articles."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.tables import Article, ArticleAlias, Feed


def ids_by_alias(session: Session, aliases: Collection[str]) -> dict[str, int]:
    """Return the id of the article of each alias; shared aliases are left out."""
    rows = session.execute(
        select(ArticleAlias.alias, ArticleAlias.article_id).where(
            ArticleAlias.alias.in_(aliases), ArticleAlias.shared.is_(False)
        )
    )
    return {row.alias: row.article_id for row in rows}


def shared_aliases(session: Session, aliases: Collection[str]) -> set[str]:
    """Return those aliases that several articles have."""
    return set(
        session.scalars(
            select(ArticleAlias.alias).where(
                ArticleAlias.alias.in_(aliases), ArticleAlias.shared.is_(True)
            )
        )
    )


def mark_aliases_shared(session: Session, claims: Mapping[str, int]) -> None:
    """Mark aliases as shared, whichever article has claimed them; missing ones are inserted."""
    if claims:
        rows = [
            {"alias": alias, "article_id": claims[alias], "shared": True}
            for alias in sorted(claims)
        ]
        session.execute(
            insert(ArticleAlias)
            .values(rows)
            .on_conflict_do_update(
                index_elements=["alias"],
                set_={"shared": True},
                where=ArticleAlias.shared.is_(False),
            )
        )


def add_articles(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert articles; return their ids in the same order."""
    statement = insert(Article).returning(Article.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, [dict(row) for row in rows]))


def claim_aliases(session: Session, claims: Mapping[str, int]) -> None:
    """Insert aliases; an alias that another article has is unchanged.

    All processes insert in the same order, so they cannot deadlock.
    """
    if claims:
        rows = [{"alias": alias, "article_id": claims[alias]} for alias in sorted(claims)]
        session.execute(insert(ArticleAlias).values(rows).on_conflict_do_nothing())


def delete_articles(session: Session, ids: Collection[int]) -> None:
    """Delete articles that another process has inserted concurrently."""
    session.execute(delete(Article).where(Article.id.in_(ids)))


def lock_articles(session: Session, ids: Collection[int]) -> dict[int, Article]:
    """Return articles by id, locked in the order of ids."""
    found = session.scalars(
        select(Article)
        .where(Article.id.in_(ids))
        .order_by(Article.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {article.id: article for article in found}


def article_by_id(session: Session, article_id: int, *, lock: bool = False) -> Article | None:
    """Return one article, or None."""
    return session.get(Article, article_id, with_for_update=True if lock else None)


def recent_articles(
    session: Session,
    *,
    section_key: str | None,
    words: str | None,
    before_id: int | None,
    limit: int,
) -> list[Article]:
    """Return articles below `before_id`, the newest first; `words` is searched in headlines."""
    statement = select(Article).order_by(Article.id.desc()).limit(limit)
    if section_key is not None:
        statement = statement.where(Article.section_key == section_key)
    if words:
        statement = statement.where(Article.title.icontains(words, autoescape=True))
    if before_id is not None:
        statement = statement.where(Article.id < before_id)
    return list(session.scalars(statement))


def articles_by_ids(session: Session, ids: Collection[int]) -> list[Article]:
    """Return articles, in no particular order."""
    return list(session.scalars(select(Article).where(Article.id.in_(ids))))


def articles_with_titles(
    session: Session, *, feed_id: int, titles: Collection[str]
) -> list[Article]:
    """Return a feed's articles with one of these headlines, the newest first."""
    statement = (
        select(Article)
        .where(Article.feed_id == feed_id, Article.title.in_(set(titles)))
        .order_by(Article.id.desc())
        .limit(1_000)
    )
    return list(session.scalars(statement))


def feed_by_id(session: Session, feed_id: int) -> Feed | None:
    """Return one feed, or None."""
    return session.get(Feed, feed_id)


def feeds(session: Session, *, newsletter_id: int | None) -> list[Feed]:
    """Return all feeds, or those of one newsletter."""
    statement = select(Feed).order_by(Feed.newsletter_id, Feed.id)
    if newsletter_id is not None:
        statement = statement.where(Feed.newsletter_id == newsletter_id)
    return list(session.scalars(statement))


def add_feed(session: Session, **values: Any) -> int | None:
    """Insert a feed; return its id, or None if the newsletter has this URL already."""
    return session.scalar(
        insert(Feed)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["newsletter_id", "url"])
        .returning(Feed.id)
    )


def add_feeds(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert feeds of one newsletter; return the ids of those that it did not have, by URL."""
    if not rows:
        return {}
    statement = (
        insert(Feed)
        .values([dict(row) for row in rows])
        .on_conflict_do_nothing(index_elements=["newsletter_id", "url"])
        .returning(Feed.url, Feed.id)
    )
    return {row.url: row.id for row in session.execute(statement)}


def due_feed_ids(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of due feeds, the longest overdue first."""
    statement = (
        select(Feed.id)
        .where(Feed.paused_at.is_(None), Feed.next_poll_at <= now)
        .order_by(Feed.next_poll_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def claim_feed(session: Session, feed_id: int, *, now: datetime, until: datetime) -> Feed | None:
    """Claim a due feed until `until`; None if it is not due or another worker has it."""
    return session.scalar(
        update(Feed)
        .where(Feed.id == feed_id, Feed.paused_at.is_(None), Feed.next_poll_at <= now)
        .values(next_poll_at=until)
        .returning(Feed)
        .execution_options(populate_existing=True)
    )


def lock_feed(session: Session, feed_id: int) -> bool:
    """Lock a feed against removal until the transaction ends; return False if it is gone."""
    statement = select(Feed.id).where(Feed.id == feed_id).with_for_update(read=True, key_share=True)
    return session.scalar(statement) is not None


def lock_feed_for_update(session: Session, feed_id: int) -> None:
    """Lock a feed against every change until the transaction ends, and read it again."""
    session.get(Feed, feed_id, with_for_update=True, populate_existing=True)


def delete_feed(session: Session, feed: Feed) -> None:
    """Delete a feed; its articles and their placements stay, with no feed."""
    session.delete(feed)
    session.flush()


def update_feed(session: Session, feed_id: int, **values: Any) -> None:
    """Update columns of a feed."""
    session.execute(update(Feed).where(Feed.id == feed_id).values(**values))


def has_other_feed(session: Session, *, newsletter_id: int, url: str, but: int) -> bool:
    """Return whether another feed of the newsletter has this URL."""
    statement = select(Feed.id).where(
        Feed.newsletter_id == newsletter_id, Feed.url == url, Feed.id != but
    )
    return session.scalar(statement) is not None


def withdraw(session: Session, ids: Collection[int], *, now: datetime) -> list[int]:
    """Withdraw articles that are not withdrawn yet; return their ids."""
    return list(
        session.scalars(
            update(Article)
            .where(Article.id.in_(ids), Article.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
            .returning(Article.id)
        )
    )


def brought_by_feed(session: Session, ids: Collection[int], *, feed_id: int) -> set[int]:
    """Return the ids of those articles that a feed has brought and that are not withdrawn."""
    return set(
        session.scalars(
            select(Article.id).where(
                Article.id.in_(ids), Article.feed_id == feed_id, Article.withdrawn_at.is_(None)
            )
        )
    )


def count_recent(
    session: Session, *, feed_id: int, since: datetime, or_ids: Collection[int]
) -> int:
    """Count a feed's articles that are not withdrawn: those first seen lately, or named."""
    statement = select(func.count(Article.id)).where(
        Article.feed_id == feed_id,
        Article.withdrawn_at.is_(None),
        or_(Article.first_seen_at >= since, Article.id.in_(or_ids)),
    )
    return session.scalar(statement) or 0


def is_publication_wide_in(language: str) -> ColumnElement[bool]:
    """Return the condition that an article is for all newsletters of a language.

    It is publication-wide, and in that language or in an unknown one.
    """
    return and_(
        Article.publication_wide,
        or_(
            Article.language.is_(None),
            func.lower(func.left(Article.language, 2)) == language,
        ),
    )
