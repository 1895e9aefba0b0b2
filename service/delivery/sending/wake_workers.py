"""Wakes other worker processes for an edition that is too large for one of them.

A job message reaches one process, and most often the busy one, because it fetches the next message
as soon as it has taken one. A wake-up reaches every process with the caller's commit. One that is
lost with a connection costs a few seconds: the sweep's job messages bring other processes, too.
"""

from datetime import datetime

from service.delivery.leasing.queries import batches
from service.jobs import wakeup_notifications
from service.kit.db import Session

MIN_FREE_BATCHES = 4
"""Batches without a lease: more than one process can send in half a second."""


def wake_other_workers(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Wake others after the caller's commit if there is enough to do; return whether there was."""
    free = batches.count_unleased(session, edition_id=edition_id, now=now, most=MIN_FREE_BATCHES)
    if free < MIN_FREE_BATCHES:
        return False
    wakeup_notifications.wake_for_edition(session, edition_id)
    return True
