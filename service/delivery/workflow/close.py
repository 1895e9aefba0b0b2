"""The end of an edition's books: refused while a delivery is pending."""

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
"""Until then sums are kept as they came: rates are those of the last ten seconds."""


def expire_cancelled(
    begin: Begin, edition_id: int, *, clock: Callable[[], datetime], stop: Callable[[], bool]
) -> None:
    """Let a cancelled edition's open deliveries expire, some ten thousand in a transaction.

    Whoever watches sees them become fewer, and ten million are not one transaction. What is left
    when `stop` says so is found by the scheduler's sweep.
    """
    goes_on = True
    while goes_on and not stop():
        with begin() as session:
            now = clock()
            ended, goes_on = queries.expire_cancelled(session, edition_id=edition_id, now=now)
            if ended:
                told = ended | Counter({counters.CANCELLED: ended[DeliveryState.EXPIRED]})
                counters.add_counts(session, edition_id, told, now=now)
                counters.notify_progress(session, edition_id)
                log.info("edition.books_closed", edition=edition_id, cancelled=ended.total())


def finish_or_wake(
    session: Session, edition_id: int, *, now: datetime, ring_in: timedelta | None
) -> bool:
    """Finish an edition with nothing pending, and tell whether it is.

    If something can be leased now, a job is enqueued that starts after `ring_in`; None enqueues
    nothing.
    """
    counters.compact(session, edition_id, before=now - COMPACT_AFTER)
    if queries.finish_edition(session, edition_id=edition_id, now=now):
        counters.notify_progress(session, edition_id)
        log.info("edition.finished", edition=edition_id)
        return True
    if ring_in is not None and queries.has_due_deliveries(session, edition_id=edition_id, now=now):
        args = {"edition_id": edition_id}
        outbox.enqueue_once(session, SEND_EDITION.name, args, now=now, wait=ring_in)
    return False
