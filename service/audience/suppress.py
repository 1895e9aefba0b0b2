"""Whom we do not write to, and why. The address is known by a keyed hash that outlives erasure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from service.audience import queries
from service.audience.address import Address
from service.audience.queries.imprints import change_imprints
from service.audience.tables import Suppression
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.tokens import Keyring

log = structlog.get_logger(__name__)

PURPOSE = "suppression"
# The reader's own wish to be forgotten; only they can end it, by signing up and confirming.
ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """One suppression as a list shows it; the address is None once it was erased."""

    address: str | None
    subscriber_id: int | None
    reason: str
    evidence: str
    since: datetime
    key: str


def suppress(  # noqa: PLR0913  Two ways to name the mailbox, and each fact is asked for by name.
    session: Session,
    *,
    subscriber_id: int | None = None,
    address: Address | None = None,
    reason: str,
    evidence: str = "",
    now: datetime,
    keyring: Keyring,
) -> bool:
    """Write to this mailbox no more; False means it was suppressed already, for what was known.

    Give the subscriber or the address. A subscriber who has been erased needs no suppression.
    """
    key, subscriber = _mailbox(session, subscriber_id=subscriber_id, address=address)
    if key is None or queries.suppressions(session, _hashes(keyring, key)):
        return False
    is_new = queries.add_suppression(
        session,
        {
            "address_hash": keyring.code(PURPOSE, key.encode()),
            "imprint_key": keyring.names[0],
            "subscriber_id": subscriber,
            "reason": reason,
            "evidence": evidence,
            "since": now,
        },
    )
    if is_new:
        log.info("reader.suppressed", subscriber=subscriber, reason=reason)
    return is_new


def suppress_some(
    session: Session, evidence: Mapping[int, str], *, reason: str, now: datetime, keyring: Keyring
) -> set[int]:
    """Write to these subscribers no more, each with its evidence, in three statements.

    Return whose mailboxes were not suppressed before; the erased are never among them.
    """
    keys = queries.address_keys(session, list(evidence))
    owners = {code: one for one, key in keys.items() for code in _hashes(keyring, key)}
    known = {owners[each.address_hash] for each in queries.suppressions(session, list(owners))}
    codes = {one: keyring.code(PURPOSE, keys[one].encode()) for one in keys.keys() - known}
    if not codes:
        return set()
    newest = keyring.names[0]
    added = queries.add_suppressions(
        session,
        [
            {
                "address_hash": code,
                "imprint_key": newest,
                "subscriber_id": subscriber,
                "reason": reason,
                "evidence": evidence[subscriber],
                "since": now,
            }
            # In one order, so that two of these never wait for each other in circles.
            for subscriber, code in sorted(codes.items(), key=lambda pair: pair[1])
        ],
    )
    for subscriber in sorted(added):
        log.info("reader.suppressed", subscriber=subscriber, reason=reason)
    return added


def lift(session: Session, address: Address, *, keyring: Keyring) -> None:
    """Allow writing to the address again; raise NotFound when nothing forbade it."""
    if not queries.remove_suppressions(session, _hashes(keyring, address.key)):
        raise NotFound("This address is not suppressed; there is nothing to lift.")
    log.info("reader.suppression_lifted")


def why_suppressed(session: Session, address: Address, *, keyring: Keyring) -> Suppression | None:
    """Return the suppression of an address, None when we may write to it."""
    found = queries.suppressions(session, _hashes(keyring, address.key))
    return found[0] if found else None


def is_suppressed(session: Session, address: Address, *, keyring: Keyring) -> bool:
    """Tell whether we do not write to the address."""
    return why_suppressed(session, address, keyring=keyring) is not None


def blocks_signup(session: Session, address: Address, *, keyring: Keyring) -> bool:
    """Tell whether even a confirmation mail may not go there."""
    found = why_suppressed(session, address, keyring=keyring)
    if found is not None and found.imprint_key != keyring.names[0]:
        # The address is here, as it may never be again: it gets the imprint of today's secret.
        code = keyring.code(PURPOSE, address.key.encode())
        change_imprints(session, {found.address_hash: code}, key=keyring.names[0])
    return found is not None and found.reason != ERASED


def list_page(
    session: Session, *, before: tuple[datetime, str] | None = None, size: int = 100
) -> list[Suppressed]:
    """Return suppressions, the latest first, from just before (since, key)."""
    return [
        Suppressed(
            address=address,
            subscriber_id=suppression.subscriber_id,
            reason=suppression.reason,
            evidence=suppression.evidence,
            since=suppression.since,
            key=suppression.address_hash,
        )
        for suppression, address in queries.suppressed_page(session, before=before, limit=size)
    ]


def _mailbox(
    session: Session, *, subscriber_id: int | None, address: Address | None
) -> tuple[str | None, int | None]:
    if address is not None:
        known = queries.subscriber_by_key(session, address.key)
        return address.key, known.id if known else None
    subscriber = queries.subscriber_by_id(session, subscriber_id or 0)
    return (subscriber.address_key, subscriber.id) if subscriber else (None, None)


def _hashes(keyring: Keyring, key: str) -> list[str]:
    return keyring.codes(PURPOSE, key.encode())
