"""SQL about where articles belong: their placements in newsletters, and section rules."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.queries import is_publication_wide_in
from service.articles.tables import Article, ArticlePlacement, Feed, SectionRule


def upsert_placements(
    session: Session,
    section_by_article: Mapping[int, str | None],
    *,
    newsletter_id: int,
    feed_id: int,
) -> None:
    """Store in which section of a newsletter its feed places articles, by article id.

    Of two feeds that list an article, the first one places it. What an operator has filed stays.
    """
    if not section_by_article:
        return
    statement = insert(ArticlePlacement).values(
        [
            {
                "newsletter_id": newsletter_id,
                "article_id": article_id,
                "section_key": key,
                "feed_id": feed_id,
            }
            for article_id, key in sorted(section_by_article.items())
        ]
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["newsletter_id", "article_id"],
            set_={"section_key": new.section_key, "feed_id": new.feed_id},
            where=and_(
                ArticlePlacement.refiled.is_(False),
                func.coalesce(ArticlePlacement.feed_id, new.feed_id) == new.feed_id,
                or_(
                    ArticlePlacement.section_key.is_distinct_from(new.section_key),
                    ArticlePlacement.feed_id.is_(None),
                ),
            ),
        )
    )


def refile(session: Session, article_id: int, *, newsletter_id: int, section_key: str) -> None:
    """Store in which section of a newsletter an operator has filed an article."""
    statement = insert(ArticlePlacement).values(
        newsletter_id=newsletter_id, article_id=article_id, section_key=section_key, refiled=True
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["newsletter_id", "article_id"],
            set_={"section_key": section_key, "refiled": True},
        )
    )


def section_rules(session: Session, newsletter_id: int, *, lock: bool = False) -> list[SectionRule]:
    """Return a newsletter's section rules in their order."""
    statement = (
        select(SectionRule)
        .where(SectionRule.newsletter_id == newsletter_id)
        .order_by(SectionRule.position, SectionRule.id)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(statement))


def add_section_rule(session: Session, rule: SectionRule) -> int:
    """Insert a rule; return its id."""
    session.add(rule)
    session.flush()
    return rule.id


def delete_section_rule(session: Session, rule: SectionRule) -> None:
    """Delete a rule."""
    session.delete(rule)


def has_rule_for_feed(session: Session, feed: Feed) -> bool:
    """Return whether a section rule of its newsletter names the feed."""
    named = select(SectionRule.id).where(
        SectionRule.newsletter_id == feed.newsletter_id,
        SectionRule.kind == "feed",
        SectionRule.pattern == str(feed.id),
    )
    return session.scalar(named.limit(1)) is not None


def list_for_placement(
    session: Session,
    *,
    newsletter_id: int,
    language: str,
    since: datetime | None,
    limit: int | None,
    only: Collection[int] | None = None,
) -> Sequence[Row[Article, str | None, int | None, str | None, bool | None]]:
    """Recent news that a newsletter could take, with its filing there; the newest first.

    Without an instant these are the last articles of any age, also those of a feed's archive.
    `only` are the ids of some articles.
    """
    is_recent = (
        true()
        if since is None
        else and_(Article.first_seen_at >= since, Article.backlog.is_(False))
    )
    return session.execute(
        select(
            Article,
            ArticlePlacement.section_key,
            ArticlePlacement.feed_id,
            Feed.section_key,
            ArticlePlacement.refiled,
        )
        .outerjoin(
            ArticlePlacement,
            and_(
                ArticlePlacement.article_id == Article.id,
                ArticlePlacement.newsletter_id == newsletter_id,
            ),
        )
        .outerjoin(Feed, Feed.id == ArticlePlacement.feed_id)
        .where(
            is_recent,
            true() if only is None else Article.id.in_(only),
            Article.withdrawn_at.is_(None),
            or_(ArticlePlacement.article_id.is_not(None), is_publication_wide_in(language)),
        )
        .order_by(Article.id.desc())
        .limit(limit)
    ).all()
