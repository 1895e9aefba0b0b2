"""Closes an edition: finishes it once nothing is pending, expires what a cancelled one has left."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.queries import counters
from service.delivery.workflow.queries import editions as queries
from service.jobs import outbox
from service.jobs.catalogue import SEND_EDITION
from service.kit.db import Begin, Session
from service.kit.log import get_logger

log = get_logger(__name__)

COMPACT_AFTER = timedelta(seconds=30)
"""Age from which on counters are merged: newer ones show the rate of the last ten seconds."""


def expire_cancelled(
    begin: Begin, edition_id: int, *, clock: Callable[[], datetime], stop: Callable[[], bool]
) -> None:
    """Expire the open deliveries of a cancelled edition, tens of thousands per transaction.

    Their number falls visibly, and ten million are not one transaction. What is left when `stop`
    returns True is found by the scheduler's sweep.
    """
    has_more = True
    while has_more and not stop():
        with begin() as session:
            now = clock()
            ended, has_more = queries.expire_cancelled(session, edition_id=edition_id, now=now)
            for revision, counts in ended.items():
                cancelled = Counter({counters.CANCELLED: counts[DeliveryState.EXPIRED]})
                counters.add_counts(
                    session, edition_id, counts | cancelled, now=now, revision=revision
                )
            if ended:
                counters.notify_progress(session, edition_id)
                total = sum(counts.total() for counts in ended.values())
                log.info("edition.books_closed", edition=edition_id, cancelled=total)


def finish_or_wake(
    session: Session, edition_id: int, *, now: datetime, wake_in: timedelta | None
) -> bool:
    """Finish an edition that has nothing pending; return whether it is finished.

    Otherwise, if deliveries are due, enqueue its next run to start after `wake_in`; None enqueues
    nothing.
    """
    counters.compact(session, edition_id, before=now - COMPACT_AFTER)
    if queries.finish_edition(session, edition_id=edition_id, now=now):
        counters.notify_progress(session, edition_id)
        log.info("edition.finished", edition=edition_id)
        return True
    if wake_in is not None and queries.has_due_deliveries(session, edition_id=edition_id, now=now):
        args = {"edition_id": edition_id}
        outbox.enqueue_once(session, SEND_EDITION.name, args, now=now, wait=wake_in)
    return False
