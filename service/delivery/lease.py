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
from service.delivery.lifecycle import State
from service.delivery.queries import batches, deliveries, progress
from service.delivery.queries.batches import Batch
from service.delivery.queries.deliveries import Claimed, Looked
from service.delivery.retry import Settlement, drop
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring

log = get_logger(__name__)

RETRIES_AT_ONCE = 500
"""Deferred deliveries that are gathered into one batch, at most."""

SMALL_CROWD = 25
"""Readers who go on together after their first death: one by one they would need a transaction or
two each, and a killed worker leaves a thousand behind."""

SUSPECT = 2
"""From so many deaths on, a batch is sent while nothing else is under way in its worker."""

POISON = 4
"""Deaths after which a reader is set aside: in a crowd, in a small one, and twice alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whose batch to lease, and for how long; `alone` when nothing else is under way here."""

    edition_id: int
    lease_for: timedelta
    alone: bool


def claim(session: Session, wish: Wish, *, now: datetime) -> Batch | None:
    """Lease a batch that is due, or deliveries that are to be tried again; None if there is none.

    Batches that outlived their holders are taken apart on the way.
    """
    batch = _claim_fit(session, wish, now=now, most_deaths=SUSPECT - 1)
    if batch is None:
        batch = batches.gather(
            session,
            edition_id=wish.edition_id,
            now=now,
            lease_for=wish.lease_for,
            limit=RETRIES_AT_ONCE,
        )
    if batch is None and wish.alone:
        batch = _claim_fit(session, wish, now=now, most_deaths=POISON)
    return batch


def _claim_fit(session: Session, wish: Wish, *, now: datetime, most_deaths: int) -> Batch | None:
    while True:
        batch = batches.claim(
            session,
            edition_id=wish.edition_id,
            now=now,
            lease_for=wish.lease_for,
            most_deaths=most_deaths,
        )
        if batch is None or _is_fit(session, batch, now=now):
            return batch


def _is_fit(session: Session, batch: Batch, *, now: datetime) -> bool:
    """Tell whether a leased batch may be sent; if not, it has been taken apart or set aside."""
    if batch.deaths >= POISON:
        _set_aside(session, batch, now=now)
        return False
    if not batch.abandoned:
        return True
    log.warning(
        "delivery.batch_abandoned", edition=batch.edition_id, batch=batch.id, deaths=batch.deaths
    )
    if batch.first_id == batch.last_id:
        return batch.deaths < SUSPECT or not _give_back(session, batch, now=now)
    size = SMALL_CROWD if batch.deaths < SUSPECT else 1
    batches.split(session, batch, size=size, now=now)
    return False


def _give_back(session: Session, batch: Batch, *, now: datetime) -> bool:
    """Let a batch go that has just become a suspect, to be taken when there is nothing else."""
    return batches.let_go(session, batch, now=now, due_at=now)


def _set_aside(session: Session, batch: Batch, *, now: datetime) -> None:
    aside = Settlement(
        state=State.UNCERTAIN,
        reason="set aside: the worker died each time it was sent",
        counted=False,
    )
    for subscriber_id in deliveries.settle(session, batch, [(batch.first_id, aside)], now=now):
        progress.add(session, batch.edition_id, {State.UNCERTAIN: 1}, now=now)
        log.error("delivery.poisoned", edition=batch.edition_id, subscriber=subscriber_id)
    batches.let_go(session, batch, now=now, due_at=now)


def look(
    session: Session, batch: Batch, *, after: int, limit: int, keyring: Keyring, now: datetime
) -> Looked:
    """Look at the next readers of a batch behind subscriber `after`, just before their mails.

    Readers who have left, bounced or been erased, news that came too late, and readers of whose
    sections nothing is left, are settled at once; only those in `ready` are to be written to.
    """
    looked = deliveries.look(session, batch, after=after, limit=limit, now=now)
    if looked.orphans and looked.ready:
        looked = _without_suppressed(session, looked, keyring=keyring)
    dropped = (
        [
            (one.subscriber_id, drop(State.SUPPRESSED, why, doubts=one.doubts))
            for one, why in looked.gone
        ]
        + [
            (one.subscriber_id, drop(State.EXPIRED, "too late to be news", doubts=one.doubts))
            for one in looked.late
        ]
        + [
            (one.subscriber_id, drop(State.EXPIRED, "withdrawn", doubts=one.doubts))
            for one in looked.empty
        ]
    )
    if dropped:
        held = deliveries.settle(session, batch, dropped, now=now)
        progress.add(
            session,
            batch.edition_id,
            progress.count(settled for one, settled in dropped if one in held),
            now=now,
        )
    return looked


def _without_suppressed(session: Session, looked: Looked, *, keyring: Keyring) -> Looked:
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


def renew(session: Session, held: Sequence[Batch], *, lease_for: timedelta) -> set[int]:
    """Keep leases for longer; return the batches whose lease still held."""
    return batches.renew(session, held, lease_for=lease_for)


def let_go(session: Session, batch: Batch, *, now: datetime, due_at: datetime) -> bool:
    """End a lease; what is still pending is due again from `due_at` on, and was no attempt."""
    return batches.let_go(session, batch, now=now, due_at=due_at)


def accept(
    session: Session, batch: Batch, taken: Sequence[tuple[Claimed, str]], *, now: datetime
) -> set[int]:
    """Write under the lease's fence that the relay has taken mails, each with its answer.

    Returns the subscribers for whom it still held. A success at once leaves no attempt behind; a
    later one does, and one that came too late to count, because a mail has gone out.
    """
    held = deliveries.accept(session, batch, taken, now=now)
    told = [
        (claimed.subscriber_id, Settlement(state=State.ACCEPTED, reply=reply))
        for claimed, reply in taken
        if claimed.attempts or claimed.subscriber_id not in held
    ]
    deliveries.keep_attempts(session, edition_id=batch.edition_id, told=told, now=now)
    return held


def record(
    session: Session,
    batch: Batch,
    settlements: Sequence[tuple[Claimed, Settlement]],
    *,
    now: datetime,
) -> set[int]:
    """Write outcomes under the lease's fence; return the subscribers for whom it still held.

    Every attempt is kept, also one that came too late to count: a mail may have gone out.
    """
    by_id = [(claimed.subscriber_id, settled) for claimed, settled in settlements]
    held = deliveries.settle(session, batch, by_id, now=now)
    told = [(subscriber_id, settled) for subscriber_id, settled in by_id if settled.counted]
    deliveries.keep_attempts(session, edition_id=batch.edition_id, told=told, now=now)
    counted = [settled for subscriber_id, settled in by_id if subscriber_id in held]
    progress.add(session, batch.edition_id, progress.count(counted), now=now)
    return held
