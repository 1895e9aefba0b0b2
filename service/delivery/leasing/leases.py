"""Leases of batches: claimed for a time, renewed, released, and recovered after a crash.

A lease covers a batch, and its holder proves it by a fence. An expired lease can be claimed again,
so a killed worker loses nothing; a frozen one that comes back finds its fence outdated.

A batch whose holder crashed may contain the delivery that crashed it. Its deliveries continue in
small batches, which are sent last. If the holder of one of these crashes, too, each delivery gets a
batch of its own and is quarantined: it is sent while its worker does nothing else. After two more
crashes it is given up as poison.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.audience.suppress import HASH_PURPOSE
from service.delivery.leasing.queries import attempts as attempt_queries
from service.delivery.leasing.queries import batches, deliveries
from service.delivery.leasing.queries.batches import QUARANTINE_AT, LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery, RecheckResult
from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.queries import counters
from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.retry import DeliveryUpdate, end_without_attempt
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring

log = get_logger(__name__)

RETRY_BATCH_SIZE = 500
"""Maximum number of deferred deliveries in one retry batch."""

SPLIT_SIZE = 25
"""Deliveries per batch after the first crash: one by one they would need a transaction or two each,
and a killed worker leaves a thousand unfinished."""

GIVE_UP_AT = 4
"""Crashes after which a delivery is given up: in a full batch, in a small one, and twice alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """Which edition's batch to lease, and for how long.

    `allow_quarantined`: nothing else is in flight in this process, so a quarantined batch will do.
    """

    edition_id: int
    lease_for: timedelta
    allow_quarantined: bool


def claim_batch(session: Session, request: ClaimRequest, *, now: datetime) -> LeasedBatch | None:
    """Lease a due batch, or deferred deliveries that are due again; None if there are none.

    Batches whose holders crashed are split on the way.
    """
    batch = _claim_sendable(session, request, now=now, max_crashes=QUARANTINE_AT - 1)
    if batch is None:
        batch = batches.batch_due_retries(
            session,
            edition_id=request.edition_id,
            now=now,
            lease_for=request.lease_for,
            limit=RETRY_BATCH_SIZE,
        )
    if batch is None and request.allow_quarantined:
        batch = _claim_sendable(session, request, now=now, max_crashes=GIVE_UP_AT)
    return batch


def _claim_sendable(
    session: Session, request: ClaimRequest, *, now: datetime, max_crashes: int
) -> LeasedBatch | None:
    while True:
        batch = batches.claim_due_batch(
            session,
            edition_id=request.edition_id,
            now=now,
            lease_for=request.lease_for,
            max_crashes=max_crashes,
        )
        if batch is None or _is_sendable(session, batch, now=now):
            return batch


def _is_sendable(session: Session, batch: LeasedBatch, *, now: datetime) -> bool:
    """Return whether a leased batch may be sent; if not, it was split, released or given up."""
    if batch.crash_count >= GIVE_UP_AT:
        _give_up(session, batch, now=now)
        return False
    if not batch.abandoned:
        return True
    log.warning(
        "delivery.batch_abandoned",
        edition=batch.edition_id,
        batch=batch.id,
        crashes=batch.crash_count,
    )
    if batch.first_id == batch.last_id:
        return not batch.is_quarantined or not _release_quarantined(session, batch, now=now)
    size = 1 if batch.is_quarantined else SPLIT_SIZE
    batches.split_batch(session, batch, size=size, now=now)
    return False


def _release_quarantined(session: Session, batch: LeasedBatch, *, now: datetime) -> bool:
    """Release a batch that was just quarantined; it is claimed when nothing else is left."""
    return batches.release_batch(session, batch, now=now, due_at=now)


def _give_up(session: Session, batch: LeasedBatch, *, now: datetime) -> None:
    given_up = DeliveryUpdate(
        state=DeliveryState.UNCERTAIN,
        reason=DeliveryReason.QUARANTINED,
        counted=False,
    )
    for subscriber_id in deliveries.write_outcomes(
        session, batch, [(batch.first_id, given_up)], now=now
    ):
        counters.add_counts(session, batch.edition_id, {DeliveryState.UNCERTAIN: 1}, now=now)
        log.error("delivery.poisoned", edition=batch.edition_id, subscriber=subscriber_id)
    batches.release_batch(session, batch, now=now, due_at=now)


def recheck_readers(
    session: Session, batch: LeasedBatch, *, after: int, limit: int, keyring: Keyring, now: datetime
) -> RecheckResult:
    """Recheck the next readers of a batch after subscriber `after`, just before their messages.

    Deliveries to readers who unsubscribed, bounced or were erased, those that are too late, and
    those whose sections are all withdrawn get their final state immediately. Only the readers in
    `ready` may be written to.
    """
    rechecked = deliveries.recheck_readers(session, batch, after=after, limit=limit, now=now)
    if rechecked.has_unowned_suppressions and rechecked.ready:
        rechecked = _without_suppressed(session, rechecked, keyring=keyring)
    dropped = (
        [
            (
                one.subscriber_id,
                end_without_attempt(
                    DeliveryState.SUPPRESSED, why, ambiguous_attempts=one.ambiguous_attempts
                ),
            )
            for one, why in rechecked.suppressed
        ]
        + [
            (
                one.subscriber_id,
                end_without_attempt(
                    DeliveryState.EXPIRED,
                    DeliveryReason.TOO_LATE,
                    ambiguous_attempts=one.ambiguous_attempts,
                ),
            )
            for one in rechecked.expired
        ]
        + [
            (
                one.subscriber_id,
                end_without_attempt(
                    DeliveryState.EXPIRED, "withdrawn", ambiguous_attempts=one.ambiguous_attempts
                ),
            )
            for one in rechecked.withdrawn
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
    return rechecked


def _without_suppressed(
    session: Session, rechecked: RecheckResult, *, keyring: Keyring
) -> RecheckResult:
    """Check address hashes, too: a suppressed address need not belong to a subscriber."""
    owners = {
        code: one
        for one in rechecked.ready
        for code in keyring.codes(HASH_PURPOSE, one.address_key.encode())
    }
    reasons = deliveries.suppression_reasons(session, hashes=list(owners))
    if not reasons:
        return rechecked
    suppressed = {owners[code]: reason for code, reason in reasons.items()}
    return rechecked._replace(
        ready=[one for one in rechecked.ready if one not in suppressed],
        suppressed=[*rechecked.suppressed, *suppressed.items()],
    )


def renew_leases(
    session: Session, held: Sequence[LeasedBatch], *, lease_for: timedelta
) -> set[int]:
    """Extend leases; return the ids of the batches whose lease was still valid."""
    return batches.renew_leases(session, held, lease_for=lease_for)


def release_batch(session: Session, batch: LeasedBatch, *, now: datetime, due_at: datetime) -> bool:
    """End a lease; its pending deliveries are due again from `due_at` on, without an attempt.

    Returns False if the lease was lost before.
    """
    return batches.release_batch(session, batch, now=now, due_at=due_at)


def record_acceptances(
    session: Session,
    batch: LeasedBatch,
    accepted: Sequence[tuple[ClaimedDelivery, str]],
    *,
    now: datetime,
) -> set[int]:
    """Record under the lease's fence that the relay accepted messages, each with its reply.

    Returns the ids of the subscribers for whom the lease was still valid. A first-time success
    stores no attempt; a later one does, and so does one under a lost lease: a message has left.
    """
    held = deliveries.write_acceptances(session, batch, accepted, now=now)
    attempts = [
        (claimed.subscriber_id, DeliveryUpdate(state=DeliveryState.ACCEPTED, reply=reply))
        for claimed, reply in accepted
        if claimed.attempts or claimed.subscriber_id not in held
    ]
    attempt_queries.insert_attempts(
        session, edition_id=batch.edition_id, attempts=attempts, now=now
    )
    return held


def record_outcomes(
    session: Session,
    batch: LeasedBatch,
    outcomes: Sequence[tuple[ClaimedDelivery, DeliveryUpdate]],
    *,
    now: datetime,
) -> set[int]:
    """Record outcomes under the lease's fence; return whose lease was still valid.

    Returns subscriber ids. Every attempt is stored, also one under a lost lease: a message may have
    left.
    """
    by_id = [(claimed.subscriber_id, settled) for claimed, settled in outcomes]
    held = deliveries.write_outcomes(session, batch, by_id, now=now)
    attempts = [(subscriber_id, settled) for subscriber_id, settled in by_id if settled.counted]
    attempt_queries.insert_attempts(
        session, edition_id=batch.edition_id, attempts=attempts, now=now
    )
    for revision in {claimed.revision for claimed, _ in outcomes}:
        counted = [
            settled
            for claimed, settled in outcomes
            if claimed.revision == revision and claimed.subscriber_id in held
        ]
        counts = counters.count_outcomes(counted)
        counters.add_counts(session, batch.edition_id, counts, now=now, revision=revision)
    return held
