"""Suppress addresses and lift suppressions; a keyed hash of the address outlives erasure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.audience import queries
from service.audience.address import EmailAddress
from service.audience.queries.suppression_hashes import replace_hashes
from service.audience.tables import Suppression
from service.kit.db import Session
from service.kit.errors import Invalid, NotFound
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.kit.translatable import TranslatableMessage, translatable

log = get_logger(__name__)

HASH_PURPOSE = "suppression"
BATCH_SIZE = 1_000
"""Suppressions that are read in one statement."""

# The reader's own request; only the reader can end it, by signing up and confirming.
ERASED = "erased"
HARD_BOUNCE, SOFT_BOUNCES = "hard_bounce", "soft_bounces"
BOUNCES = frozenset({HARD_BOUNCE, SOFT_BOUNCES})
"""Conclusions from SMTP replies and bounces. They may be wrong or out of date: a reader who follows
a confirmation link has a mailbox. A complaint or an operator's decision is not a conclusion."""

LIFTED_BY_CONFIRMING = BOUNCES | {ERASED}
"""Reasons that a reader lifts by signing up and confirming."""

_REASON = re.compile(r"\w[\w-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionEntry:
    """One suppression in a list; `key` is the hash.

    `address` is None for an erased reader, and for an address that had not signed up when it was
    suppressed: of that one only the hash is stored, so that the list collects no addresses.
    """

    address: str | None
    subscriber_id: int | None
    reason: str
    evidence: TranslatableMessage | None
    since: datetime
    key: str


def suppress(  # noqa: PLR0913  Two ways to name the mailbox; every fact is a named argument.
    session: Session,
    *,
    subscriber_id: int | None = None,
    address: EmailAddress | None = None,
    reason: str,
    evidence: TranslatableMessage | None = None,
    now: datetime,
    keyring: Keyring,
) -> bool:
    """Suppress a mailbox; False if it was suppressed already, whatever the reason.

    Give the subscriber or the address. An erased subscriber needs no suppression. `reason` is one
    word, by which `lift_matching` selects.

    Raises:
        Invalid: the reason is empty, longer than 40 characters or more than one word.
    """
    if not _REASON.fullmatch(reason):
        raise Invalid(translatable("suppression.reason"))
    key, subscriber = _mailbox(session, subscriber_id=subscriber_id, address=address)
    if key is None or queries.suppressions(session, _hashes(keyring, key)):
        return False
    is_new = queries.add_suppression(
        session,
        {
            "address_hash": keyring.code(HASH_PURPOSE, key.encode()),
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


def suppress_subscribers(
    session: Session,
    evidence: Mapping[int, TranslatableMessage],
    *,
    reason: str,
    now: datetime,
    keyring: Keyring,
) -> set[int]:
    """Suppress several subscribers, each with its evidence, in three statements.

    Return the subscribers who were not suppressed before; erased ones are never among them.
    """
    keys = queries.address_keys(session, list(evidence))
    owners = {code: one for one, key in keys.items() for code in _hashes(keyring, key)}
    known = {owners[each.address_hash] for each in queries.suppressions(session, list(owners))}
    codes = {one: keyring.code(HASH_PURPOSE, keys[one].encode()) for one in keys.keys() - known}
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
            # Sorted, so that two of these never deadlock.
            for subscriber, code in sorted(codes.items(), key=lambda pair: pair[1])
        ],
    )
    for subscriber in sorted(added):
        log.info("reader.suppressed", subscriber=subscriber, reason=reason)
    return added


def lift(session: Session, address: EmailAddress, *, keyring: Keyring) -> None:
    """Lift the suppression of an address; raise NotFound without one."""
    if not queries.remove_suppressions(session, _hashes(keyring, address.key)):
        raise NotFound("This address is not suppressed; there is nothing to lift.")
    log.info("reader.suppression_lifted")


def lift_for_subscribers(
    session: Session, subscriber_ids: Sequence[int], *, reason: str, since: datetime
) -> int:
    """Lift suppressions of some subscribers, of a reason and since a time; return how many."""
    lifted = queries.remove_suppressions_of(session, subscriber_ids, reason=reason, since=since)
    for subscriber in sorted(lifted):
        log.info("reader.suppression_lifted", subscriber=subscriber)
    return len(lifted)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionFilter:
    """Which suppressions: by reason, by time [since, until) and by mailbox provider.

    `provider` is a mailbox provider or a domain; None for all, including erased addresses.
    """

    reasons: frozenset[str] = BOUNCES
    since: datetime | None = None
    until: datetime | None = None
    provider: str | None = None

    @property
    def facts(self) -> dict[str, str]:
        """Return what the audit trail stores; it contains no address."""
        facts = {"reasons": ", ".join(sorted(self.reasons)), "provider": self.provider}
        times = {"since": self.since, "until": self.until}
        return {name: value for name, value in facts.items() if value} | {
            name: at.isoformat() for name, at in times.items() if at
        }


def iter_suppressions(
    session: Session, wanted: SuppressionFilter, *, provider_of: Callable[[str], str]
) -> Iterator[list[SuppressionEntry]]:
    """Yield the matching suppressions in pages, the latest first."""
    before = None
    while True:
        rows = queries.suppression_page(
            session,
            before=before,
            limit=BATCH_SIZE,
            reasons=wanted.reasons,
            since=wanted.since,
            until=wanted.until,
        )
        page = [_suppressed(suppression, address) for suppression, address in rows]
        yield [
            each
            for each in page
            if wanted.provider is None
            or (each.address and _is_at(each.address, wanted.provider, provider_of))
        ]
        if len(page) < BATCH_SIZE:
            return
        before = (page[-1].since, page[-1].key)


def _is_at(address: str, provider: str, provider_of: Callable[[str], str]) -> bool:
    """Return whether an address belongs to a mailbox provider, or to the domain of that name."""
    domain = domain_of(address)
    return provider in {domain, provider_of(domain)}


def lift_matching(
    session: Session, wanted: SuppressionFilter, *, provider_of: Callable[[str], str]
) -> int:
    """Lift all matching suppressions; return how many.

    Raises:
        Invalid: erased readers are among the reasons; only they can lift it, by signing up.
    """
    if ERASED in wanted.reasons:
        raise Invalid(translatable("suppression.erased"))
    count = 0
    for some in iter_suppressions(session, wanted, provider_of=provider_of):
        if some:
            queries.remove_suppressions(session, [each.key for each in some])
            count += len(some)
    log.info("reader.suppressions_lifted", readers=count)
    return count


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def is_lifted_by_confirming(session: Session, subscriber_id: int) -> bool:
    """Return whether a subscriber is suppressed and confirming a sign-up would lift it."""
    reasons = queries.suppression_reasons_of(session, subscriber_id)
    return bool(reasons) and reasons <= LIFTED_BY_CONFIRMING


def find_suppression(
    session: Session, address: EmailAddress, *, keyring: Keyring
) -> Suppression | None:
    """Return the suppression of an address, None without one."""
    found = queries.suppressions(session, _hashes(keyring, address.key))
    return found[0] if found else None


def get_suppression(
    session: Session, address: EmailAddress, *, keyring: Keyring
) -> SuppressionEntry:
    """Return the entry of an address, with the address as given; raise NotFound without one."""
    found = find_suppression(session, address, keyring=keyring)
    if found is None:
        raise NotFound(translatable("suppression.none"))
    return _suppressed(found, address.text)


def find_suppression_of_reader(
    session: Session, subscriber_id: int, address_key: str, *, keyring: Keyring
) -> Suppression | None:
    """Return the suppression of a reader, by the address or by the subscriber, as senders do.

    The address may have been suppressed before anybody signed up with it. Only the subscriber
    finds a suppression whose secret is no longer in the keyring.
    """
    return queries.suppression_of_reader(session, _hashes(keyring, address_key), subscriber_id)


def is_suppressed(session: Session, address: EmailAddress, *, keyring: Keyring) -> bool:
    """Return whether the address is suppressed."""
    return find_suppression(session, address, keyring=keyring) is not None


def blocks_signup(session: Session, address: EmailAddress, *, keyring: Keyring) -> bool:
    """Return whether not even a confirmation message may be sent there."""
    found = find_suppression(session, address, keyring=keyring)
    if found is not None and found.imprint_key != keyring.names[0]:
        # Only now is the address known: rehash it with the newest secret.
        code = keyring.code(HASH_PURPOSE, address.key.encode())
        replace_hashes(session, {found.address_hash: code}, key=keyring.names[0])
    return found is not None and found.reason not in LIFTED_BY_CONFIRMING


def list_suppressions(
    session: Session, *, before: tuple[datetime, str] | None = None, size: int = 100
) -> list[SuppressionEntry]:
    """Return suppressions, the latest first, from just before (since, key)."""
    return [
        _suppressed(suppression, address)
        for suppression, address in queries.suppression_page(session, before=before, limit=size)
    ]


def _suppressed(suppression: Suppression, address: str | None) -> SuppressionEntry:
    return SuppressionEntry(
        address=address,
        subscriber_id=suppression.subscriber_id,
        reason=suppression.reason,
        evidence=suppression.evidence,
        since=suppression.since,
        key=suppression.address_hash,
    )


def _mailbox(
    session: Session, *, subscriber_id: int | None, address: EmailAddress | None
) -> tuple[str | None, int | None]:
    if address is not None:
        known = queries.subscriber_by_key(session, address.key)
        return address.key, known.id if known else None
    subscriber = queries.subscriber_by_id(session, subscriber_id or 0)
    return (subscriber.address_key, subscriber.id) if subscriber else (None, None)


def _hashes(keyring: Keyring, key: str) -> list[str]:
    return keyring.codes(HASH_PURPOSE, key.encode())
