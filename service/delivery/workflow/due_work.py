"""Due work that the scheduler finds every few seconds, in case its queue message was lost."""

from datetime import datetime

from service.delivery.guard import sending_guard
from service.delivery.notices import queries
from service.delivery.workflow.queries import editions
from service.kit.db import Session

NOTICES_PER_SWEEP = 100


def due_editions(session: Session, *, now: datetime) -> list[int]:
    """Return ids of editions with due work that no worker has claimed."""
    return editions.due_editions(session, now=now)


def due_notices(session: Session, *, now: datetime) -> list[int]:
    """Return ids of due notices, the longest waiting first; none where sending is blocked."""
    if not sending_guard.may_send(session, now=now):
        return []
    return queries.due_notices(session, now=now, limit=NOTICES_PER_SWEEP)
