"""SQL of batches that wait for the end of quiet hours."""

from datetime import datetime

from sqlalchemy import text

from service.kit.db import Session

# A batch of retries has none that was never tried.
_UNTRIED = """
    batch.edition_id = :edition_id AND batch.done_at IS NULL AND batch.leased_until IS NULL
    AND EXISTS (
        SELECT FROM delivery
        WHERE delivery.edition_id = :edition_id AND delivery.batch_id = batch.id
          AND delivery.subscriber_id BETWEEN batch.first_id AND batch.last_id
          AND delivery.state = 'pending' AND delivery.attempts = 0
    )
    """
_HOLD_BACK = text(f"""
    UPDATE batch SET due_at = :until WHERE {_UNTRIED} AND batch.due_at < :until
    """)  # noqa: S608  only a constant of this module is put in.
_BRING_FORWARD = text(f"""
    UPDATE batch SET due_at = :now WHERE {_UNTRIED} AND batch.due_at > :now
    """)  # noqa: S608  only a constant of this module is put in.


def hold_back(session: Session, edition_id: int, *, until: datetime) -> bool:
    """Let batches that were never tried begin at an instant, not before; return whether any did."""
    found = session.execute(_HOLD_BACK, {"edition_id": edition_id, "until": until})
    return bool(found.rowcount)  # type: ignore[attr-defined]


def bring_forward(session: Session, edition_id: int, *, now: datetime) -> None:
    """Let batches that were never tried begin now."""
    session.execute(_BRING_FORWARD, {"edition_id": edition_id, "now": now})
