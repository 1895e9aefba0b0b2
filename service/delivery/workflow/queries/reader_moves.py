"""The SQL statements on moves of readers and on the notices about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from service.delivery.lifecycle import NOTICE
from service.delivery.tables import ReaderMove


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeBatch:
    """The notices of one step: to whom, about what, and from when on, one each interval."""

    kind: str
    newsletter_id: int
    subscriber_ids: Sequence[int]
    facts: str
    first_at: datetime
    interval: timedelta
    valid_for: timedelta


# A suppressed or erased reader gets none.
_ADD_NOTICES = text("""
    INSERT INTO notice (kind, newsletter_id, subscriber_id, facts, state,
                        created_at, next_at, expires_at)
    SELECT :kind, :newsletter_id, reader.id, CAST(:facts AS jsonb), :state, :now,
           :first_at + (row_number() OVER (ORDER BY reader.id) - 1) * CAST(:interval AS interval),
           :first_at + row_number() OVER (ORDER BY reader.id) * CAST(:interval AS interval)
               + CAST(:valid_for AS interval)
    FROM unnest(:subscriber_ids) AS reader(id)
    JOIN subscriber ON subscriber.id = reader.id AND subscriber.address IS NOT NULL
    WHERE NOT EXISTS (SELECT FROM suppression WHERE suppression.subscriber_id = reader.id)
    """).bindparams(bindparam("subscriber_ids", type_=ARRAY(BigInteger())))


def add_notices(session: Session, batch: NoticeBatch, *, now: datetime) -> int:
    """Write a step's notices in one statement; return how many."""
    result = session.execute(
        _ADD_NOTICES,
        {
            "kind": batch.kind,
            "newsletter_id": batch.newsletter_id,
            "subscriber_ids": list(batch.subscriber_ids),
            "facts": batch.facts,
            "state": NOTICE.initial,
            "first_at": batch.first_at,
            "interval": batch.interval,
            "valid_for": batch.valid_for,
            "now": now,
        },
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def add_move(session: Session, **values: object) -> int | None:
    """Insert a move and return its id; None if one of the newsletter is running."""
    return session.scalar(
        insert(ReaderMove).values(**values).on_conflict_do_nothing().returning(ReaderMove.id)
    )


def lock_move(session: Session, move_id: int) -> ReaderMove | None:
    """Return a move, locked until the transaction ends."""
    return session.scalar(
        select(ReaderMove)
        .where(ReaderMove.id == move_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def last_move(session: Session, newsletter_id: int) -> ReaderMove | None:
    """Return a newsletter's newest move."""
    return session.scalar(
        select(ReaderMove)
        .where(ReaderMove.newsletter_id == newsletter_id)
        .order_by(ReaderMove.id.desc())
        .limit(1)
    )


def unfinished_moves(session: Session) -> list[int]:
    """Return the moves that are to be continued, oldest first."""
    return list(
        session.scalars(
            select(ReaderMove.id).where(ReaderMove.finished_at.is_(None)).order_by(ReaderMove.id)
        )
    )
