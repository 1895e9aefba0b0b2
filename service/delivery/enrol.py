"""A frozen edition's audience becomes delivery rows, some ten thousand in a transaction.

The audience is who was active at the freeze. Each stretch of it commits together with the place
it ends at, so a crash at any point goes on from there, and asking again adds nobody. Readers on
the suppression list are enrolled too, so that the ledger shows them.
"""

from collections.abc import Mapping
from datetime import datetime

from service.delivery import home
from service.delivery.queries import audience as queries
from service.delivery.queries.audience import OpenList, Stretch
from service.delivery.waves import minutes_by_zone
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

AT_ONCE = 50_000
"""Readers in one transaction."""

BATCH = 500
"""Deliveries that are leased together."""

MANY = 5_000
"""New rows after which the planner's old idea of the tables may be badly wrong."""


def enrol(session: Session, edition_id: int, *, now: datetime, at_once: int = AT_ONCE) -> bool:
    """Enrol the next readers of an edition; tell whether its audience is complete.

    An edition that is not frozen, or complete already, has nobody to add.
    """
    found = queries.lock_open_list(session, edition_id=edition_id)
    if found is None:
        return True
    home.settle(session, now=now)
    waves = _waves(session, found, at_once=at_once)
    stretch = Stretch(limit=at_once, size=BATCH, waves=waves)
    enrolled = queries.enrol_some(session, found, stretch, now=now)
    complete = enrolled.readers < at_once
    readers = queries.mark_enrolled(session, found, enrolled, complete=complete, now=now)
    if complete:
        _conclude(session, edition_id, readers=readers)
    return complete


def _conclude(session: Session, edition_id: int, *, readers: int) -> None:
    if readers >= MANY:
        queries.analyse(session)
    log.info("edition.enrolled", edition=edition_id, readers=readers)


def _waves(session: Session, found: OpenList, *, at_once: int) -> Mapping[str, int]:
    """An edition that somebody sends by hand goes out at once, everywhere."""
    if not found.at_readers_time or found.origin != "schedule":
        return {}
    return minutes_by_zone(
        found.slot_date,
        found.slot_time,
        home=found.time_zone,
        zones=queries.zones(session, found, limit=at_once),
    )
