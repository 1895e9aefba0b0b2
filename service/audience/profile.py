"""Everything the room knows about one reader: subscriptions, proofs, suppression."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.audience import consent, queries, suppress
from service.audience.address import EmailAddress, parse_address
from service.audience.consent import ConsentProof
from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Subscriber, Subscription
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionProfile:
    """One subscription with its history."""

    newsletter_id: int
    state: SubscriptionState
    section_mask: int | None
    requested_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    proofs: tuple[ConsentProof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderProfile:
    """One reader."""

    subscriber_id: int
    address: str | None
    time_zone: str | None
    created_at: datetime
    suppressed_because: str | None
    suppressed_since: datetime | None
    evidence: str
    relations: tuple[SubscriptionProfile, ...]


def profile_of_address(
    session: Session, address: EmailAddress, *, keyring: Keyring
) -> ReaderProfile:
    """Return the standing of an address; raise NotFound when nobody has it."""
    subscriber = queries.subscriber_by_key(session, address.key)
    if subscriber is None:
        raise NotFound("Nobody has signed up with this address.")
    return _standing(session, subscriber, keyring=keyring)


def profile_of_subscriber(
    session: Session, subscriber_id: int, *, keyring: Keyring
) -> ReaderProfile:
    """Return the standing of a subscriber; raise NotFound."""
    subscriber = queries.subscriber_by_id(session, subscriber_id)
    if subscriber is None:
        raise NotFound("There is no such reader.")
    return _standing(session, subscriber, keyring=keyring)


def find_subscriber_id(session: Session, address: EmailAddress) -> int | None:
    """Return the subscriber's id; None when nobody has the address."""
    subscriber = queries.subscriber_by_key(session, address.key)
    return subscriber.id if subscriber else None


def _standing(session: Session, subscriber: Subscriber, *, keyring: Keyring) -> ReaderProfile:
    subscriptions = queries.subscriptions_of(session, subscriber.id)
    proofs = consent.list_proofs(session, [each.id for each in subscriptions])
    found = (
        suppress.find_suppression(session, parse_address(subscriber.address), keyring=keyring)
        if subscriber.address
        else None
    )
    return ReaderProfile(
        subscriber_id=subscriber.id,
        address=subscriber.address,
        time_zone=subscriber.time_zone,
        created_at=subscriber.created_at,
        suppressed_because=found.reason if found else None,
        suppressed_since=found.since if found else None,
        evidence=found.evidence if found else "",
        relations=tuple(_relation(each, proofs) for each in subscriptions),
    )


def _relation(subscription: Subscription, proofs: Sequence[ConsentProof]) -> SubscriptionProfile:
    return SubscriptionProfile(
        newsletter_id=subscription.newsletter_id,
        state=SubscriptionState(subscription.state),
        section_mask=subscription.section_mask,
        requested_at=subscription.requested_at,
        confirmed_at=subscription.confirmed_at,
        ended_at=subscription.ended_at,
        ended_by=subscription.ended_by,
        proofs=tuple(each for each in proofs if each.subscription_id == subscription.id),
    )
