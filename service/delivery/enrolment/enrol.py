"""Enrols a frozen edition's audience: one delivery row per reader, one chunk per transaction.

The audience is every reader who was active at the freeze. Each chunk commits together with the
position where it ends, so enrolment continues from there after a crash, and repeating it adds no
reader. Readers on the suppression list are enrolled too, so that the ledger shows them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from service.delivery.enrolment import queries
from service.delivery.enrolment.local_time import local_time_offsets
from service.delivery.enrolment.queries import EnrolmentChunk, OpenEnrolment
from service.delivery.enrolment.queries.alerts import (
    AlertCap,
    RepeatedAlerts,
    RepeatedDigests,
    lock_cap,
    repeated_alerts,
    repeated_digests,
)
from service.delivery.enrolment.quiet_waves import WaveSchedule, after_quiet_hours
from service.delivery.enrolment.reader_days import reader_days
from service.delivery.guard import sending_guard
from service.editions import subject_test_steps
from service.editions.subject_test_rules import FIRST, SECOND
from service.kit.db import Session
from service.kit.log import get_logger
from service.newsletters.quiet_hours import quiet_hours

log = get_logger(__name__)

CHUNK_SIZE = 50_000
"""Readers enrolled in one transaction."""

BATCH_SIZE = 500
"""Deliveries in one batch: they are leased together."""

ANALYSE_FROM = 5_000
"""New rows after which the planner's statistics may be badly wrong."""


def enrol_next_chunk(
    session: Session, edition_id: int, *, now: datetime, chunk_size: int = CHUNK_SIZE
) -> bool:
    """Enrol the next readers of an edition; return whether its audience is complete.

    Also returns True for an edition that is not frozen: it has no reader to add.
    """
    enrolment = queries.lock_open_enrolment(session, edition_id=edition_id)
    if enrolment is None:
        return True
    sending_guard.claim_if_new(session, now=now)
    zones = _zones(session, enrolment, chunk_size=chunk_size)
    offsets = _wave_offsets(enrolment, zones)
    chunk = EnrolmentChunk(
        limit=chunk_size,
        batch_size=BATCH_SIZE,
        offsets=offsets,
        cap=_alert_cap(session, enrolment, offsets, zones, now=now),
        repeated=_repeated(session, enrolment),
    )
    enrolled = queries.enrol_chunk(session, enrolment, chunk, now=now)
    complete = enrolled.walked < chunk_size
    queries.pass_readers_on(session, enrolment, enrolled, complete=complete)
    readers = queries.save_enrolment_progress(
        session, enrolment, enrolled, complete=complete, now=now
    )
    if enrolment.is_sampled:
        _count_sample(session, edition_id, enrolled.samples, complete=complete, now=now)
    if complete:
        _finish(session, edition_id, readers=readers)
    return complete


def _repeated(
    session: Session, enrolment: OpenEnrolment
) -> RepeatedAlerts | RepeatedDigests | None:
    """Return what an edition's readers may have had of it; None if nothing."""
    if enrolment.is_alert:
        return repeated_digests(session, enrolment.edition_id)
    return repeated_alerts(session, enrolment.edition_id) if enrolment.frequency else None


def _count_sample(
    session: Session,
    edition_id: int,
    samples: Mapping[int, int],
    *,
    complete: bool,
    now: datetime,
) -> None:
    """Count the readers of each subject; without enough of them everybody gets the first one."""
    is_large_enough = subject_test_steps.count_sample(
        session,
        edition_id,
        first=samples.get(FIRST, 0),
        second=samples.get(SECOND, 0),
        complete=complete,
        now=now,
    )
    if not is_large_enough:
        queries.dissolve_sample(session, edition_id)


def _finish(session: Session, edition_id: int, *, readers: int) -> None:
    if readers >= ANALYSE_FROM:
        queries.analyse_tables(session)
    log.info("edition.enrolled", edition=edition_id, readers=readers)


def _zones(session: Session, enrolment: OpenEnrolment, *, chunk_size: int) -> list[str]:
    """Return the time zones that count: an alert is for readers who may be asleep."""
    if not enrolment.at_readers_time and not enrolment.is_alert:
        return []
    return queries.reader_time_zones(session, enrolment, limit=chunk_size)


def _alert_cap(
    session: Session,
    enrolment: OpenEnrolment,
    offsets: WaveSchedule,
    zones: Sequence[str],
    *,
    now: datetime,
) -> AlertCap | None:
    if not enrolment.is_alert:
        return None
    days = reader_days(offsets, start=enrolment.frozen_at, home=enrolment.time_zone, zones=zones)
    return lock_cap(session, most=enrolment.alerts_per_reader, days=days, now=now)


def _wave_offsets(enrolment: OpenEnrolment, zones: Sequence[str]) -> WaveSchedule:
    """Return how long after the freeze readers are sent the edition: not in quiet hours."""
    planned = _local_time_offsets(enrolment, zones)
    quiet = quiet_hours(enrolment.quiet_from, enrolment.quiet_to)
    if quiet is None or enrolment.ignores_quiet_hours:
        return WaveSchedule(by_zone=planned)
    return after_quiet_hours(
        planned, quiet=quiet, start=enrolment.frozen_at, home=enrolment.time_zone, zones=zones
    )


def _local_time_offsets(enrolment: OpenEnrolment, zones: Iterable[str]) -> Mapping[str, int]:
    """Return no offset for an edition sent manually: it goes out everywhere at the same time."""
    if enrolment.origin != "schedule":
        return {}
    return local_time_offsets(
        enrolment.slot_date, enrolment.slot_time, home=enrolment.time_zone, zones=zones
    )
