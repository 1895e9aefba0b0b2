"""The SQL statements on newsletters."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import func, or_, select, true, update
from sqlalchemy.orm import Session, selectinload

from service.newsletters.tables import Newsletter, NewsletterHoliday


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


def current_without_sections(session: Session) -> list[Newsletter]:
    """All newsletters that are not archived, by id."""
    return list(
        session.scalars(
            select(Newsletter).where(Newsletter.archived_at.is_(None)).order_by(Newsletter.id)
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


def holiday(session: Session, holiday_id: int) -> NewsletterHoliday | None:
    """The holiday of an id."""
    return session.get(NewsletterHoliday, holiday_id)


def holidays(
    session: Session, newsletter_id: int | None, *, since: date
) -> list[NewsletterHoliday]:
    """A newsletter's holidays and those of all, that end on a date or later, soonest first."""
    return list(
        session.scalars(
            select(NewsletterHoliday)
            .where(
                or_(
                    NewsletterHoliday.newsletter_id.is_(None),
                    NewsletterHoliday.newsletter_id == newsletter_id,
                ),
                NewsletterHoliday.last_on >= since,
            )
            .order_by(NewsletterHoliday.first_on, NewsletterHoliday.id)
        )
    )


def holidays_of_some(session: Session, newsletter_ids: Collection[int]) -> list[NewsletterHoliday]:
    """The holidays of some newsletters and those of all."""
    return list(
        session.scalars(
            select(NewsletterHoliday).where(
                or_(
                    NewsletterHoliday.newsletter_id.is_(None),
                    NewsletterHoliday.newsletter_id.in_(newsletter_ids),
                )
            )
        )
    )


def begin_schedules_anew(session: Session, newsletter_id: int | None, *, now: datetime) -> None:
    """Let slots before now never run, of one newsletter or of all."""
    session.execute(
        update(Newsletter)
        .where(true() if newsletter_id is None else Newsletter.id == newsletter_id)
        .values(scheduled_since=func.greatest(Newsletter.scheduled_since, now))
    )
