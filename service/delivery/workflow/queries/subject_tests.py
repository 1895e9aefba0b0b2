"""SQL of subject tests as the delivery sees them: when the sample begins, and what is to decide."""

from datetime import datetime

from sqlalchemy import text

from service.delivery.guard.queries import SENDING_ALLOWED
from service.kit.db import Session

_SAMPLE_DUE = text("""
    SELECT min(due_at) FROM batch
    WHERE edition_id = :edition_id AND done_at IS NULL AND NOT awaits_test
    """)


def sample_due_at(session: Session, edition_id: int) -> datetime | None:
    """Return when the first messages of an edition are due; None if it has no reader."""
    found: datetime | None = session.scalar(_SAMPLE_DUE, {"edition_id": edition_id})
    return found


_CANCELLED = text("""
    SELECT edition_id FROM subject_test
    WHERE state = 'dropped' AND begins_at IS NOT NULL AND first_events IS NULL
    ORDER BY edition_id
    """)


def cancelled_without_figures(session: Session) -> list[int]:
    """Return the editions whose running test was cancelled, until its figures are recorded."""
    return list(session.scalars(_CANCELLED))


# A paused edition is decided when it goes on: its sample may not have been sent yet.
_DUE = text(f"""
    SELECT subject_test.edition_id
    FROM subject_test JOIN edition ON edition.id = subject_test.edition_id
    WHERE subject_test.state = 'running' AND subject_test.decides_at <= :now
      AND edition.state IN ('sending', 'finished') AND edition.paused_at IS NULL
      AND {SENDING_ALLOWED}
    ORDER BY subject_test.decides_at, subject_test.edition_id
    """)  # noqa: S608  only a constant is put in.


def due_subject_tests(session: Session, *, now: datetime) -> list[int]:
    """Return the editions whose test is to be decided now."""
    return list(session.scalars(_DUE, {"now": now}))
