"""The right to hand over: taken for a time, kept alive, given back, and lost to nobody's harm.

A lease covers a batch, and whoever holds it proves it with a fence. One that runs out is due
again, so a killed worker loses nothing; a frozen one that comes back finds its fence outdated.

A batch whose holder never came back may hold the reader who killed it. Its readers go on in small
crowds, which are sent last. Those of one that outlives its holder again get batches of their own,
each of which is sent all alone in its worker; whoever is there when two more die is set aside as
poison.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.audience.suppress import HASH_PURPOSE
from service.delivery.leasing.queries import batches, deliveries
from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery, RecheckResult
from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.queries import counters
from service.delivery.smtp.retry import DeliveryUpdate, end_without_attempt
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring

log = get_logger(__name__)

RETRY_BATCH_SIZE = 500
"""Deferred deliveries that are gathered into one batch, at most."""

SPLIT_SIZE = 25
"""Readers who go on together after their first death: one by one they would need a transaction or
two each, and a killed worker leaves a thousand behind."""

QUARANTINE_AT = 2
"""From so many deaths on, a batch is sent while nothing else is under way in its worker."""

GIVE_UP_AT = 4
"""Deaths after which a reader is set aside: in a crowd, in a small one, and twice alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """Whose batch to lease, and for how long; `alone` when nothing else is under way here."""

    edition_id: int
    lease_for: timedelta
    alone: bool


def claim_batch(session: Session, wish: ClaimRequest, *, now: datetime) -> LeasedBatch | None:
    """Lease a batch that is due, or deliveries that are to be tried again; None if there is none.

    Batches that outlived their holders are taken apart on the way.
    """
    batch = _claim_fit(session, wish, now=now, most_deaths=QUARANTINE_AT - 1)
    if batch is None:
        batch = batches.batch_due_retries(
            session,
            edition_id=wish.edition_id,
            now=now,
            lease_for=wish.lease_for,
            limit=RETRY_BATCH_SIZE,
        )
    if batch is None and wish.alone:
        batch = _claim_fit(session, wish, now=now, most_deaths=GIVE_UP_AT)
    return batch


def _claim_fit(
    session: Session, wish: ClaimRequest, *, now: datetime, most_deaths: int
) -> LeasedBatch | None:
    while True:
        batch = batches.claim_due_batch(
            session,
            edition_id=wish.edition_id,
            now=now,
            lease_for=wish.lease_for,
            most_deaths=most_deaths,
        )
        if batch is None or _is_fit(session, batch, now=now):
            return batch


def _is_fit(session: Session, batch: LeasedBatch, *, now: datetime) -> bool:
    """Tell whether a leased batch may be sent; if not, it has been taken apart or set aside."""
    if batch.deaths >= GIVE_UP_AT:
        _set_aside(session, batch, now=now)
        return False
    if not batch.abandoned:
        return True
    log.warning(
        "delivery.batch_abandoned", edition=batch.edition_id, batch=batch.id, deaths=batch.deaths
    )
    if batch.first_id == batch.last_id:
        return batch.deaths < QUARANTINE_AT or not _give_back(session, batch, now=now)
    size = SPLIT_SIZE if batch.deaths < QUARANTINE_AT else 1
    batches.split_batch(session, batch, size=size, now=now)
    return False


def _give_back(session: Session, batch: LeasedBatch, *, now: datetime) -> bool:
    """Let a batch go that has just become a suspect, to be taken when there is nothing else."""
    return batches.release_batch(session, batch, now=now, due_at=now)


def _set_aside(session: Session, batch: LeasedBatch, *, now: datetime) -> None:
    aside = DeliveryUpdate(
        state=DeliveryState.UNCERTAIN,
        reason="set aside: the worker died each time it was sent",
        counted=False,
    )
    for subscriber_id in deliveries.write_outcomes(
        session, batch, [(batch.first_id, aside)], now=now
    ):
        counters.add_counts(session, batch.edition_id, {DeliveryState.UNCERTAIN: 1}, now=now)
        log.error("delivery.poisoned", edition=batch.edition_id, subscriber=subscriber_id)
    batches.release_batch(session, batch, now=now, due_at=now)


def recheck_readers(
    session: Session, batch: LeasedBatch, *, after: int, limit: int, keyring: Keyring, now: datetime
) -> RecheckResult:
    """Look at the next readers of a batch behind subscriber `after`, just before their mails.

    Readers who have left, bounced or been erased, news that came too late, and readers of whose
    sections nothing is left, are settled at once; only those in `ready` are to be written to.
    """
    looked = deliveries.recheck_readers(session, batch, after=after, limit=limit, now=now)
    if looked.orphans and looked.ready:
        looked = _without_suppressed(session, looked, keyring=keyring)
    dropped = (
        [
            (
                one.subscriber_id,
                end_without_attempt(DeliveryState.SUPPRESSED, why, doubts=one.doubts),
            )
            for one, why in looked.gone
        ]
        + [
            (
                one.subscriber_id,
                end_without_attempt(
                    DeliveryState.EXPIRED, "too late to be news", doubts=one.doubts
                ),
            )
            for one in looked.late
        ]
        + [
            (
                one.subscriber_id,
                end_without_attempt(DeliveryState.EXPIRED, "withdrawn", doubts=one.doubts),
            )
            for one in looked.empty
        ]
    )
    if dropped:
        held = deliveries.write_outcomes(session, batch, dropped, now=now)
        counters.add_counts(
            session,
            batch.edition_id,
            counters.count_outcomes(settled for one, settled in dropped if one in held),
            now=now,
        )
    return looked


def _without_suppressed(
    session: Session, looked: RecheckResult, *, keyring: Keyring
) -> RecheckResult:
    """Look once more by fingerprint: an address may be known without being a subscriber's."""
    owners = {
        code: one
        for one in looked.ready
        for code in keyring.codes(HASH_PURPOSE, one.address_key.encode())
    }
    reasons = deliveries.suppression_reasons(session, hashes=list(owners))
    if not reasons:
        return looked
    gone = {owners[code]: reason for code, reason in reasons.items()}
    return looked._replace(
        ready=[one for one in looked.ready if one not in gone],
        gone=[*looked.gone, *gone.items()],
    )


def renew_leases(
    session: Session, held: Sequence[LeasedBatch], *, lease_for: timedelta
) -> set[int]:
    """Keep leases for longer; return the batches whose lease still held."""
    return batches.renew_leases(session, held, lease_for=lease_for)


def release_batch(session: Session, batch: LeasedBatch, *, now: datetime, due_at: datetime) -> bool:
    """End a lease; what is still pending is due again from `due_at` on, and was no attempt."""
    return batches.release_batch(session, batch, now=now, due_at=due_at)


def record_acceptances(
    session: Session,
    batch: LeasedBatch,
    taken: Sequence[tuple[ClaimedDelivery, str]],
    *,
    now: datetime,
) -> set[int]:
    """Write under the lease's fence that the relay has taken mails, each with its answer.

    Returns the subscribers for whom it still held. A success at once leaves no attempt behind; a
    later one does, and one that came too late to count, because a mail has gone out.
    """
    held = deliveries.write_acceptances(session, batch, taken, now=now)
    told = [
        (claimed.subscriber_id, DeliveryUpdate(state=DeliveryState.ACCEPTED, reply=reply))
        for claimed, reply in taken
        if claimed.attempts or claimed.subscriber_id not in held
    ]
    deliveries.insert_attempts(session, edition_id=batch.edition_id, told=told, now=now)
    return held


def record_outcomes(
    session: Session,
    batch: LeasedBatch,
    settlements: Sequence[tuple[ClaimedDelivery, DeliveryUpdate]],
    *,
    now: datetime,
) -> set[int]:
    """Write outcomes under the lease's fence; return the subscribers for whom it still held.

    Every attempt is kept, also one that came too late to count: a mail may have gone out.
    """
    by_id = [(claimed.subscriber_id, settled) for claimed, settled in settlements]
    held = deliveries.write_outcomes(session, batch, by_id, now=now)
    told = [(subscriber_id, settled) for subscriber_id, settled in by_id if settled.counted]
    deliveries.insert_attempts(session, edition_id=batch.edition_id, told=told, now=now)
    counted = [settled for subscriber_id, settled in by_id if subscriber_id in held]
    counters.add_counts(session, batch.edition_id, counters.count_outcomes(counted), now=now)
    return held
