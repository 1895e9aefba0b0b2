"""The SQL statements on newsletters."""

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from service.newsletters.tables import Newsletter


def by_slug(session: Session, slug: str, *, lock: bool = False) -> Newsletter | None:
    """The newsletter of a slug with its sections, optionally locked."""
    statement = (
        select(Newsletter).where(Newsletter.slug == slug).options(selectinload(Newsletter.sections))
    )
    if lock:
        # The session's copy may be older than the row that the lock has waited for.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def by_id(session: Session, newsletter_id: int) -> Newsletter | None:
    """The newsletter of an id with its sections."""
    return session.scalar(
        select(Newsletter)
        .where(Newsletter.id == newsletter_id)
        .options(selectinload(Newsletter.sections))
    )


def by_ids(session: Session, newsletter_ids: Collection[int]) -> list[Newsletter]:
    """Some newsletters with their sections."""
    return list(
        session.scalars(
            select(Newsletter)
            .where(Newsletter.id.in_(newsletter_ids))
            .options(selectinload(Newsletter.sections))
        )
    )


def current(session: Session) -> list[Newsletter]:
    """All newsletters that are not archived, by name, with their sections."""
    return list(
        session.scalars(
            select(Newsletter)
            .where(Newsletter.archived_at.is_(None))
            .order_by(Newsletter.name, Newsletter.id)
            .options(selectinload(Newsletter.sections))
        )
    )


def scheduled(session: Session) -> list[Newsletter]:
    """Newsletters that have a schedule, without their sections."""
    return list(
        session.scalars(
            select(Newsletter)
            .where(
                Newsletter.archived_at.is_(None),
                or_(
                    func.cardinality(Newsletter.times) > 0,
                    Newsletter.daily_at.is_not(None),
                    Newsletter.weekly_at.is_not(None),
                ),
            )
            # Schedulers lock what they plan in one order.
            .order_by(Newsletter.id)
        )
    )
