"""A frozen edition's audience becomes delivery rows.

One set-based statement in one transaction: a crash leaves nothing behind, and asking again adds
nobody. Readers on the suppression list are enrolled too, so that the ledger shows them.
"""

from datetime import datetime

import structlog

from service.delivery.queries import editions as queries
from service.kit.db import Session

log = structlog.get_logger(__name__)


def enrol(session: Session, edition_id: int, *, now: datetime) -> int:
    """Enrol the readers who were active at the freeze; return how many the edition has.

    Does nothing more than count once an edition is enrolled: its audience is a snapshot.
    """
    queries.enrol_audience(session, edition_id=edition_id, now=now)
    readers = queries.mark_enrolled(session, edition_id=edition_id, now=now)
    log.info("edition.enrolled", edition=edition_id, readers=readers)
    return readers


def masks_to_render(session: Session, edition_id: int) -> list[int]:
    """Return the section choices among enrolled readers that have no rendition yet."""
    return queries.masks_without_rendition(session, edition_id=edition_id)
