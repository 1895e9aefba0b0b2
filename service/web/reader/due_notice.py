"""Queues the notice that a reader's action requires, in the request's transaction."""

from datetime import datetime

from service.audience.pending_notice import PendingNotice
from service.delivery.notices.send_notice import queue_notice
from service.kit.db import Session


def queue_due_notice(session: Session, due: PendingNotice | None, *, now: datetime) -> None:
    """Queue the notice, if there is one."""
    if due is None:
        return
    queue_notice(
        session,
        kind=due.kind,
        newsletter_id=due.newsletter_id,
        subscriber_id=due.subscriber_id,
        facts=dict(due.facts),
        now=now,
        valid_for=due.valid_for,
    )
