"""Job messages that are still to be sent: a row in the caller's transaction, sent after its commit.

A job message says "there is work", with ids only. Losing or repeating one is harmless: the sweep
finds the same work again. The row makes a message prompt, and never earlier than the commit.
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
    """One job message that waits to be sent."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due_at", "due_at"),)

    id: Mapped[type_id]
    job: Mapped[str]
    args: Mapped[dict[str, Any]]
    due_at: Mapped[timestamptz]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMessage:
    """A job's name and the ids it works on."""

    job: str
    args: Mapping[str, int]


def enqueue(
    session: Session,
    job: str,
    args: Mapping[str, int],
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
) -> None:
    """Enqueue a job that starts once the caller's transaction has committed and `wait` is over."""
    session.execute(insert(OutboxRow).values(job=job, args=dict(args), due_at=now + wait))
    # The dispatcher receives it only if and when this transaction commits.
    notify.notify(session, CHANNEL)


def enqueue_once(
    session: Session,
    job: str,
    args: Mapping[str, int],
    *,
    now: datetime,
    wait: timedelta = timedelta(0),
) -> None:
    """Enqueue a job unless an equal message is in the outbox that is due by then already.

    A message that is being dispatched at this moment does not count: its job may run before the
    caller's transaction has committed. Such a row is locked by the dispatcher. A row that counts
    is locked here until the commit: the dispatcher skips it until then and returns a moment later.
    """
    equal = (
        select(OutboxRow.id)
        .where(OutboxRow.job == job, OutboxRow.args == dict(args), OutboxRow.due_at <= now + wait)
        .limit(1)
        # The weakest lock that a DELETE waits for: several transactions may find the same row.
        .with_for_update(read=True, key_share=True, skip_locked=True)
    )
    if session.scalar(equal) is None:
        enqueue(session, job, args, now=now, wait=wait)


def dequeue_due(session: Session, *, now: datetime, limit: int = 500) -> list[JobMessage]:
    """Remove and return due messages, oldest first; rows that another process locks are skipped.

    The caller sends them inside the same transaction: if sending fails, the rows are kept.
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
        JobMessage(job=row.job, args={name: int(str(value)) for name, value in row.args.items()})
        for row in sorted(rows, key=lambda row: row.id)
    ]


def next_due_at(session: Session) -> datetime | None:
    """Return when the next message is due, or None if the outbox is empty."""
    return session.scalar(select(func.min(OutboxRow.due_at)))


@contextmanager
def listening(engine: Engine) -> Iterator[Listener]:
    """Listen, on a connection of its own, for commits that enqueue a job."""
    with notify.listening(engine, CHANNEL) as listener:
        yield listener
