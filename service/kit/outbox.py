"""Doorbells that must still ring: a row in the caller's transaction, rung after its commit.

A doorbell says "there is work" with ids only. Losing or repeating one is harmless: sweeps find
the same work again. The row makes the first ring prompt and never earlier than the commit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Index, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session

from service.kit import notify
from service.kit.db import Base, timestamptz, type_id
from service.kit.notify import Listener

CHANNEL = "crieur_outbox"


class OutboxRow(Base):
    """One doorbell, waiting to be rung."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due_at", "due_at"),)

    id: Mapped[type_id]
    job: Mapped[str]
    args: Mapped[dict[str, Any]]
    due_at: Mapped[timestamptz]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorbell:
    """A job's name and the ids it needs."""

    job: str
    args: Mapping[str, int]


def put(
    session: Session,
    job: str,
    args: Mapping[str, int],
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
) -> None:
    """Ring `job` once the caller's transaction has committed and `wait` has passed."""
    session.execute(insert(OutboxRow).values(job=job, args=dict(args), due_at=now + wait))
    # Heard by the relay only if and when this transaction commits.
    notify.notify(session, CHANNEL)


def put_once(
    session: Session,
    job: str,
    args: Mapping[str, int],
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
) -> None:
    """Ring like `put`, unless the same bell rings by then already, after this transaction.

    What is being rung at this very moment does not count: it may be answered before the caller's
    transaction has committed. Such a row is locked by who rings it. One that is found stays until
    the commit: who rings passes over it until then, and comes back to it a moment later.
    """
    same = (
        select(OutboxRow.id)
        .where(OutboxRow.job == job, OutboxRow.args == dict(args), OutboxRow.due_at <= now + wait)
        .limit(1)
        # The weakest lock that a DELETE waits for: several may find the same one.
        .with_for_update(read=True, key_share=True, skip_locked=True)
    )
    if session.scalar(same) is None:
        put(session, job, args, now=now, wait=wait)


def take_due(session: Session, *, now: datetime, limit: int = 500) -> list[Doorbell]:
    """Remove and return due doorbells, oldest first; competing relays skip each other's rows.

    The caller rings inside the same transaction: if ringing fails, they are still there.
    """
    due = (
        select(OutboxRow.id)
        .where(OutboxRow.due_at <= now)
        .order_by(OutboxRow.due_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    rows = session.execute(
        delete(OutboxRow)
        .where(OutboxRow.id.in_(select(due.c.id)))
        .returning(OutboxRow.id, OutboxRow.job, OutboxRow.args)
    ).all()
    return [
        Doorbell(job=row.job, args={name: int(str(value)) for name, value in row.args.items()})
        for row in sorted(rows, key=lambda row: row.id)
    ]


def next_due(session: Session) -> datetime | None:
    """Return when the next doorbell is to ring, if one waits."""
    return session.scalar(select(func.min(OutboxRow.due_at)))


@contextmanager
def listening(engine: Engine) -> Iterator[Listener]:
    """Listen for transactions with doorbells on a connection of one's own."""
    with notify.listening(engine, CHANNEL) as listener:
        yield listener
