"""Calls other worker processes to an edition that is too large for one of them.

One doorbell starts a run in one process. Each run that finds more than it can do in a moment rings
for another process, so that all of them are there within seconds of a large edition's start.
"""

from datetime import datetime, timedelta

from service.delivery.queries import batches
from service.jobs import SEND_EDITION
from service.kit import outbox
from service.kit.db import Session

LARGE = 4
"""Batches that are in nobody's hands when a run starts: more than it can do in half a second."""

CALLS = (timedelta(0), timedelta(seconds=1))
"""When to ring: a call may reach a process that is at it already, and is lost on it. Whom both
miss is found by the scheduler's sweep."""


def call(session: Session, edition_id: int, *, now: datetime) -> None:
    """Ring for others if there is enough for them to do."""
    if batches.count_free(session, edition_id=edition_id, now=now, most=LARGE) < LARGE:
        return
    for wait in CALLS:
        outbox.put(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now, wait=wait)
