"""A frozen edition's audience becomes delivery rows, some ten thousand in a transaction.

The audience is who was active at the freeze. Each stretch of it commits together with the place
it ends at, so a crash at any point goes on from there, and asking again adds nobody. Readers on
the suppression list are enrolled too, so that the ledger shows them.
"""

from collections.abc import Mapping
from datetime import datetime

from service.delivery.enrolment import queries
from service.delivery.enrolment.local_time import local_time_offsets
from service.delivery.enrolment.queries import EnrolmentChunk, OpenEnrolment
from service.delivery.guard import sending_guard
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

CHUNK_SIZE = 50_000
"""Readers in one transaction."""

BATCH_SIZE = 500
"""Deliveries that are leased together."""

ANALYSE_FROM = 5_000
"""New rows after which the planner's old idea of the tables may be badly wrong."""


def enrol_next_chunk(
    session: Session, edition_id: int, *, now: datetime, at_once: int = CHUNK_SIZE
) -> bool:
    """Enrol the next readers of an edition; tell whether its audience is complete.

    An edition that is not frozen, or complete already, has nobody to add.
    """
    found = queries.lock_open_enrolment(session, edition_id=edition_id)
    if found is None:
        return True
    sending_guard.claim_if_new(session, now=now)
    waves = _waves(session, found, at_once=at_once)
    stretch = EnrolmentChunk(limit=at_once, size=BATCH_SIZE, waves=waves)
    enrolled = queries.enrol_chunk(session, found, stretch, now=now)
    complete = enrolled.readers < at_once
    readers = queries.save_enrolment_progress(session, found, enrolled, complete=complete, now=now)
    if complete:
        _conclude(session, edition_id, readers=readers)
    return complete


def _conclude(session: Session, edition_id: int, *, readers: int) -> None:
    if readers >= ANALYSE_FROM:
        queries.analyse_tables(session)
    log.info("edition.enrolled", edition=edition_id, readers=readers)


def _waves(session: Session, found: OpenEnrolment, *, at_once: int) -> Mapping[str, int]:
    """An edition that somebody sends by hand goes out at once, everywhere."""
    if not found.at_readers_time or found.origin != "schedule":
        return {}
    return local_time_offsets(
        found.slot_date,
        found.slot_time,
        home=found.time_zone,
        zones=queries.reader_time_zones(session, found, limit=at_once),
    )
