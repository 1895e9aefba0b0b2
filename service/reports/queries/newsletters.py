"""Newsletters at a glance: editions, and what needs attention."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service.articles.tables import Article, Feed
from service.editions.tables import Edition
from service.newsletters.tables import Newsletter, Section


def latest_editions(session: Session) -> dict[int, Edition]:
    """Find each newsletter's newest edition, by newsletter: no draft, skipped or catch-up one."""
    rows = session.scalars(
        select(Edition)
        .where(Edition.state.not_in(["draft", "skipped"]), Edition.previous_edition_id.is_(None))
        .ext(distinct_on(Edition.newsletter_id))
        .order_by(Edition.newsletter_id, Edition.id.desc())
    )
    return {edition.newsletter_id: edition for edition in rows}


def failing_feeds(session: Session) -> list[tuple[Feed, str, str]]:
    """List feeds whose last poll failed, with their newsletter's name and slug."""
    rows = session.execute(
        select(Feed, Newsletter.name, Newsletter.slug)
        .join(Newsletter, Newsletter.id == Feed.newsletter_id)
        .where(Feed.failures > 0, Feed.paused_at.is_(None), Newsletter.archived_at.is_(None))
        .order_by(Feed.failures.desc(), Feed.id)
        .limit(20)
    )
    return [(feed, name, slug) for feed, name, slug in rows]


def unmatched_sections(session: Session, *, since: datetime) -> list[tuple[str, int]]:
    """Count recent articles by a section that no newsletter has, under any name."""
    known = select(Section.slug).where(Section.retired_at.is_(None))
    aliases = select(func.unnest(Section.aliases)).where(Section.retired_at.is_(None))
    rows = session.execute(
        select(Article.section, func.count())
        .where(
            Article.first_seen_at >= since,
            Article.withdrawn_at.is_(None),
            Article.publication_wide,
            Article.section_key.is_not(None),
            Article.section_key.not_in(known.union_all(aliases)),
        )
        .group_by(Article.section)
        .order_by(func.count().desc())
        .limit(10)
    )
    return [(section or "", count) for section, count in rows]
