"""SQL about trial messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from service.delivery.tables import TrialMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedTrial:
    """A trial message that this process sends, and no other."""

    id: int
    edition_id: int
    address: str
    mask: int | None


def add(session: Session, rows: Sequence[dict[str, object]]) -> list[int]:
    """Store trial messages; return their ids."""
    return list(session.scalars(insert(TrialMessage).values(rows).returning(TrialMessage.id)))


def count_since(session: Session, since: datetime) -> int:
    """Count the trial messages that were requested since an instant."""
    return session.scalar(select(func.count()).where(TrialMessage.requested_at > since)) or 0


def claim(
    session: Session, trial_id: int, *, since: datetime, now: datetime
) -> ClaimedTrial | None:
    """Take a trial message that was requested since an instant; None if it was taken before."""
    row = session.execute(
        update(TrialMessage)
        .where(
            TrialMessage.id == trial_id,
            TrialMessage.started_at.is_(None),
            TrialMessage.requested_at > since,
        )
        .values(started_at=now)
        .returning(TrialMessage.edition_id, TrialMessage.address, TrialMessage.mask)
    ).one_or_none()
    if row is None:
        return None
    return ClaimedTrial(id=trial_id, edition_id=row.edition_id, address=row.address, mask=row.mask)


def settle(session: Session, trial_id: int, *, result: str, reply: str, now: datetime) -> None:
    """Store what became of a trial message."""
    session.execute(
        update(TrialMessage)
        .where(TrialMessage.id == trial_id)
        .values(result=result, reply=reply, settled_at=now)
    )


def unsent(session: Session, *, since: datetime) -> list[int]:
    """Return the trial messages that wait for a worker."""
    return list(
        session.scalars(
            select(TrialMessage.id)
            .where(TrialMessage.started_at.is_(None), TrialMessage.requested_at > since)
            .order_by(TrialMessage.id)
        )
    )


def of_edition(session: Session, edition_id: int, *, limit: int) -> list[TrialMessage]:
    """Return the last trial messages of an edition, the newest first."""
    return list(
        session.scalars(
            select(TrialMessage)
            .where(TrialMessage.edition_id == edition_id)
            .order_by(TrialMessage.id.desc())
            .limit(limit)
        )
    )


def purge(session: Session, *, before: datetime) -> None:
    """Forget trial messages, and with them the addresses."""
    session.execute(delete(TrialMessage).where(TrialMessage.requested_at < before))
