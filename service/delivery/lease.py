"""The right to hand over: taken for a time, kept alive, given back, and lost to nobody's harm.

Whoever holds a lease proves it with a fence. A lease that runs out is due again, so a killed
worker loses nothing; a frozen one that comes back finds its fence outdated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.audience.suppress import PURPOSE
from service.delivery.lifecycle import State
from service.delivery.queries import deliveries as queries
from service.delivery.queries.deliveries import Claimed, Lease, Taken
from service.delivery.retry import Settlement
from service.kit.db import Session
from service.kit.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How many deliveries of which edition to lease, and for how long."""

    edition_id: int
    limit: int
    lease_for: timedelta


def claim(session: Session, wish: Wish, *, keyring: Keyring, now: datetime) -> Taken:
    """Lease due deliveries after a fresh look at each reader.

    Readers who have left, bounced or been erased, and news that came too late, are settled at
    once and not returned.
    """
    taken = queries.claim_due(
        session,
        edition_id=wish.edition_id,
        now=now,
        until=now + wish.lease_for,
        limit=wish.limit,
    )
    return _without_suppressed(session, wish.edition_id, taken, keyring=keyring, now=now)


def _without_suppressed(
    session: Session, edition_id: int, taken: Taken, *, keyring: Keyring, now: datetime
) -> Taken:
    """Look once more by fingerprint: an address may be known without being a subscriber's."""
    if not taken.leased:
        return taken
    owners = {
        code: one
        for one in taken.leased
        for code in keyring.codes(PURPOSE, one.address_key.encode())
    }
    reasons = queries.suppression_reasons(session, hashes=list(owners))
    gone = {
        owners[code].subscriber_id: (
            owners[code],
            Settlement(state=State.SUPPRESSED, reason=reason),
        )
        for code, reason in reasons.items()
    }
    queries.settle_leased(session, edition_id=edition_id, settlements=list(gone.values()), now=now)
    left = [one for one in taken.leased if one.subscriber_id not in gone]
    return replace(taken, leased=left, suppressed=taken.suppressed + len(gone))


def renew(
    session: Session, edition_id: int, leases: Sequence[Lease], *, until: datetime
) -> set[int]:
    """Keep leases for longer; return the subscribers whose lease still held."""
    return queries.renew(session, edition_id=edition_id, leases=leases, until=until)


def give_back(session: Session, edition_id: int, unused: Sequence[tuple[Lease, datetime]]) -> None:
    """Return unused leases, each with the instant from which it is due; they are no attempts."""
    queries.release(session, edition_id=edition_id, unused=unused)


def record(
    session: Session,
    edition_id: int,
    settlements: Sequence[tuple[Claimed, Settlement]],
    *,
    now: datetime,
) -> set[int]:
    """Write outcomes under their fences; return the subscribers whose lease still held."""
    return queries.settle_leased(session, edition_id=edition_id, settlements=settlements, now=now)
