"""Work is found again without its job message: what the scheduler looks for every few seconds."""

from datetime import datetime

from service.delivery.guard import sending_guard
from service.delivery.notices import queries
from service.delivery.workflow.queries import editions
from service.kit.db import Session

NOTICES_AT_ONCE = 100


def due_editions(session: Session, *, now: datetime) -> list[int]:
    """Return editions that have something to do and nobody doing it."""
    return editions.due_editions(session, now=now)


def due_notices(session: Session, *, now: datetime) -> list[int]:
    """Return transactional mails that may be sent, the longest waiting first."""
    if not sending_guard.may_send(session, now=now):
        return []
    return queries.due_notices(session, now=now, limit=NOTICES_AT_ONCE)
