"""The end of an edition's books: refused while a delivery is pending."""

from datetime import datetime

import structlog

from service.delivery.queries import editions as queries
from service.jobs import SEND_EDITION
from service.kit import outbox
from service.kit.db import Session

log = structlog.get_logger(__name__)


def close_books(session: Session, edition_id: int, *, now: datetime, ring_again: bool) -> bool:
    """Finish an edition with nothing pending, and tell whether it is.

    A cancelled edition's open deliveries expire. With `ring_again`, a doorbell goes into the
    outbox if something could be leased at once.
    """
    expired = queries.expire_cancelled(session, edition_id=edition_id, now=now)
    if expired:
        log.info("edition.books_closed", edition=edition_id, expired=expired)
    if queries.finish(session, edition_id=edition_id, now=now):
        log.info("edition.finished", edition=edition_id)
        return True
    if ring_again and queries.has_due(session, edition_id=edition_id, now=now):
        outbox.put(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now)
    return False
