"""The SQL statements on series of editions: their last ones, and what their readers have had."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from service.editions.kind import GOES_TO_ALL
from service.editions.lifecycle import FINAL, EditionState
from service.editions.tables import Edition, EditionArticle
from service.newsletters.frequency import Frequency

_LOOKED_AT = 10
"""Editions of a series whose enrolment may be unfinished at one time: one, or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedEdition:
    """An edition of a series whose window is closed for good.

    `closed_at` is when its audience was fixed; `enrolled_to` is the last subscriber enrolled so
    far, None when all are.
    """

    id: int
    closed_at: datetime
    enrolled_to: int | None


def is_closed() -> ColumnElement[bool]:
    """Return which editions count as had by their readers: frozen ones, and empty ones."""
    return or_(Edition.frozen_at.is_not(None), Edition.state == EditionState.SKIPPED)


def in_series(newsletter_id: int, frequency: Frequency | str) -> ColumnElement[bool]:
    """Return which editions make the series of a frequency: no catch-up editions."""
    return and_(
        Edition.newsletter_id == newsletter_id,
        Edition.frequency == frequency,
        Edition.previous_edition_id.is_(None),
    )


def last_editions(
    session: Session, newsletter_id: int, frequency: Frequency
) -> list[ClosedEdition]:
    """Return the last closed editions of a series, the newest first."""
    closed_at = func.coalesce(Edition.frozen_at, Edition.planned_at)
    rows = session.execute(
        select(
            Edition.id,
            closed_at.label("closed_at"),
            Edition.enrolled_to,
            or_(Edition.enrolled_at.is_not(None), Edition.frozen_at.is_(None)).label("complete"),
        )
        .where(in_series(newsletter_id, frequency), is_closed())
        .order_by(Edition.window_to.desc(), Edition.id.desc())
        .limit(_LOOKED_AT)
    )
    return [
        ClosedEdition(
            id=row.id,
            closed_at=row.closed_at,
            enrolled_to=None if row.complete else row.enrolled_to,
        )
        for row in rows
    ]


def first_window_start(session: Session, newsletter_id: int) -> datetime | None:
    """Return where the first window of a newsletter began; None before its first edition."""
    return session.scalar(
        select(func.min(Edition.window_from)).where(Edition.newsletter_id == newsletter_id)
    )


def editions_by_id(session: Session, edition_ids: Collection[int]) -> list[Edition]:
    """Return some editions, the one with the latest window first."""
    return list(
        session.scalars(
            select(Edition)
            .where(Edition.id.in_(edition_ids))
            .order_by(Edition.window_to.desc(), Edition.id)
        )
    )


def editions_since(
    session: Session, newsletter_id: int, frequency: str, *, after: datetime, up_to: datetime
) -> list[int]:
    """Return the editions of a series whose window ended in (after, up_to]."""
    return list(
        session.scalars(
            select(Edition.id).where(
                in_series(newsletter_id, frequency),
                Edition.window_to > after,
                Edition.window_to <= up_to,
            )
        )
    )


def waiting_in_series(
    session: Session,
    newsletter_id: int,
    frequency: Frequency | None,
    *,
    up_to: datetime,
    but: int = 0,
) -> list[int]:
    """Return the articles that the last edition of a series whose window ended by then has left.

    An edition that is not selected yet has left none; one that was given up does not count. `but`
    is left out. An edition without a series leaves none, and finds none.
    """
    if frequency is None:
        return []
    found = session.scalar(
        select(Edition.waiting)
        .where(
            in_series(newsletter_id, frequency),
            Edition.id != but,
            Edition.window_to <= up_to,
            Edition.state.not_in(
                [
                    EditionState.DRAFT,
                    EditionState.PLANNED,
                    EditionState.CANCELLED,
                    EditionState.LAPSED,
                ]
            ),
        )
        .order_by(Edition.window_to.desc(), Edition.id.desc())
        .limit(1)
    )
    return list(found or ())


def has_later_edition(session: Session, edition: Edition) -> bool:
    """Return whether a later edition of the same series was planned; catch-ups have no series."""
    if edition.previous_edition_id is not None or edition.frequency is None:
        return False
    later = select(Edition.id).where(
        in_series(edition.newsletter_id, edition.frequency),
        Edition.id != edition.id,
        Edition.window_to > edition.window_to,
        Edition.state.not_in([EditionState.DRAFT, EditionState.CANCELLED, EditionState.LAPSED]),
    )
    return session.scalar(later.limit(1)) is not None


def lock_planned(session: Session, newsletter_id: int, frequency: Frequency) -> None:
    """Wait for selections of a series that are under way: they may end their windows earlier."""
    session.scalars(
        select(Edition.id)
        .where(in_series(newsletter_id, frequency), Edition.state == EditionState.PLANNED)
        .order_by(Edition.id)
        .with_for_update()
    ).all()


def skipped_catch_ups(session: Session, edition: Edition) -> list[int]:
    """Return the earlier catch-up editions of the same readers that were not sent."""
    return list(
        session.scalars(
            select(Edition.id).where(
                Edition.newsletter_id == edition.newsletter_id,
                Edition.frequency == edition.frequency,
                Edition.previous_edition_id == edition.previous_edition_id,
                Edition.state == EditionState.SKIPPED,
            )
        )
    )


def passed_over_by(session: Session, edition_ids: Collection[int]) -> list[int]:
    """Return the articles that these editions left out in the last minutes of their windows."""
    found = session.scalars(
        select(Edition.passed_over).where(
            Edition.id.in_(edition_ids), or_(is_closed(), Edition.state.not_in(FINAL))
        )
    )
    return [article_id for each in found for article_id in each]


def catch_up_editions(session: Session, edition: Edition) -> list[int]:
    """Return the catch-up editions of an edition's slot, oldest first; none of a catch-up one."""
    if edition.previous_edition_id is not None:
        return []
    return list(
        session.scalars(
            select(Edition.id)
            .where(
                Edition.newsletter_id == edition.newsletter_id,
                Edition.frequency == edition.frequency,
                Edition.slot_date == edition.slot_date,
                Edition.slot_time == edition.slot_time,
                Edition.previous_edition_id.is_not(None),
            )
            .order_by(Edition.id)
        )
    )


def catch_ups_by_slot(
    session: Session, edition_ids: Collection[int]
) -> list[tuple[int, list[int], int]]:
    """Return editions that have catch-up ones in their slot, with the ids and readers of these."""
    other = aliased(Edition)
    rows = session.execute(
        select(
            Edition.id,
            func.array_agg(aggregate_order_by(other.id, other.id)),
            func.coalesce(func.sum(other.readers), 0),
        )
        .join(
            other,
            and_(
                other.newsletter_id == Edition.newsletter_id,
                other.frequency == Edition.frequency,
                other.slot_date == Edition.slot_date,
                other.slot_time == Edition.slot_time,
                other.previous_edition_id.is_not(None),
            ),
        )
        .where(Edition.id.in_(edition_ids), Edition.previous_edition_id.is_(None))
        .group_by(Edition.id)
    )
    return [(edition_id, list(ids), int(readers or 0)) for edition_id, ids, readers in rows]


def recent(
    session: Session,
    newsletter_id: int,
    frequency: Frequency,
    *,
    states: Collection[EditionState],
    before_id: int | None,
    limit: int,
) -> list[Edition]:
    """Return what readers of a series get, newest first: its editions, and those for everybody.

    Corrections are for some readers only. Pages go by id.
    """
    to_all = and_(Edition.newsletter_id == newsletter_id, Edition.kind.in_(GOES_TO_ALL))
    statement = select(Edition).where(
        or_(in_series(newsletter_id, frequency), to_all), Edition.state.in_(states)
    )
    if before_id is not None:
        statement = statement.where(Edition.id < before_id)
    return list(session.scalars(statement.order_by(Edition.id.desc()).limit(limit)))


def carried_in_series_by(session: Session, edition: Edition, article_id: int) -> int | None:
    """Return which other edition of a series has an article; None of what is in no series."""
    if edition.frequency is None:
        return None
    return session.scalar(
        select(EditionArticle.edition_id)
        .where(
            EditionArticle.newsletter_id == edition.newsletter_id,
            EditionArticle.series == edition.frequency,
            EditionArticle.edition_id != edition.id,
            EditionArticle.article_id == article_id,
        )
        .limit(1)
    )
