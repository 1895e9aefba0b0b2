"""The read model of one reader for pages and commands: subscriptions, proofs, suppression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.audience import consent, queries, suppress
from service.audience.address import EmailAddress
from service.audience.address_masking import ELLIPSIS, mask_address
from service.audience.consent import ConsentAction, ConsentProof
from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Subscriber, Subscription
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.tokens import Keyring
from service.kit.translatable import TranslatableMessage
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionProfile:
    """A reader's subscription to one newsletter, with its consent proofs, the oldest first."""

    newsletter: NewsletterDetails
    state: SubscriptionState
    # The chosen sections; None means every section, also future ones.
    section_mask: int | None
    frequency: Frequency
    wants_alerts: bool
    requested_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    # A value of `EndedBy`.
    ended_by: str | None
    proofs: tuple[ConsentProof, ...]

    @property
    def section_names(self) -> list[str] | None:
        """The names of the chosen sections that readers may choose now; None means all."""
        return self.newsletter.section_names(self.section_mask)

    def requested_at_of(self, proof: ConsentProof) -> datetime | None:
        """Return when the confirmation message that a `confirmed` proof answers was requested."""
        if proof.act != ConsentAction.CONFIRMED or proof.request is None:
            return None
        times = [
            each.at
            for each in self.proofs
            if each.act == ConsentAction.REQUESTED and each.request == proof.request
        ]
        return times[-1] if times else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderProfile:
    """One reader; `address` is None after erasure."""

    subscriber_id: int
    address: str | None
    # An IANA name; None means the time zone of each newsletter.
    time_zone: str | None
    created_at: datetime
    # Why no message is sent to the reader; None if messages are sent.
    suppressed_because: str | None
    suppressed_since: datetime | None
    evidence: TranslatableMessage | None
    subscriptions: tuple[SubscriptionProfile, ...]

    @property
    def is_suppressed(self) -> bool:
        """Whether no message is sent to the reader."""
        return self.suppressed_because is not None

    @property
    def masked_address(self) -> str:
        """The address for a page that anybody with the link can open: `a…@e….org`."""
        return mask_address(self.address) if self.address else ELLIPSIS

    @property
    def needs_time_zone(self) -> bool:
        """Whether the reader receives a newsletter that is sent at its readers' local time."""
        return any(
            each.newsletter.at_readers_time
            for each in self.subscriptions
            if each.state is SubscriptionState.ACTIVE
        )

    def subscription_to(self, newsletter_id: int) -> SubscriptionProfile | None:
        """Return the subscription to a newsletter, None without one."""
        found = (each for each in self.subscriptions if each.newsletter.id == newsletter_id)
        return next(found, None)


def profile_of_address(
    session: Session, address: EmailAddress, *, keyring: Keyring
) -> ReaderProfile:
    """Return the profile of an address; raise NotFound when no reader has it."""
    subscriber = queries.subscriber_by_key(session, address.key)
    if subscriber is None:
        raise NotFound("No reader has signed up with this address.")
    return _profile(session, subscriber, keyring=keyring)


def profile_of_subscriber(
    session: Session, subscriber_id: int, *, keyring: Keyring
) -> ReaderProfile:
    """Return the profile of a subscriber, erased or not; raise NotFound."""
    subscriber = queries.subscriber_by_id(session, subscriber_id)
    if subscriber is None:
        raise NotFound("There is no such reader.")
    return _profile(session, subscriber, keyring=keyring)


def find_subscriber_id(session: Session, address: EmailAddress) -> int | None:
    """Return the subscriber's id; None when no reader has the address."""
    subscriber = queries.subscriber_by_key(session, address.key)
    return subscriber.id if subscriber else None


def _profile(session: Session, subscriber: Subscriber, *, keyring: Keyring) -> ReaderProfile:
    subscriptions = queries.subscriptions_of(session, subscriber.id)
    proofs = consent.list_proofs(session, [each.id for each in subscriptions])
    newsletters = catalogue.list_by_ids(session, [each.newsletter_id for each in subscriptions])
    found = (
        suppress.find_suppression_of_reader(
            session, subscriber.id, subscriber.address_key, keyring=keyring
        )
        if subscriber.address_key is not None
        else None
    )
    return ReaderProfile(
        subscriber_id=subscriber.id,
        address=subscriber.address,
        time_zone=subscriber.time_zone,
        created_at=subscriber.created_at,
        suppressed_because=found.reason if found else None,
        suppressed_since=found.since if found else None,
        evidence=found.evidence if found else None,
        subscriptions=tuple(_subscription(each, newsletters, proofs) for each in subscriptions),
    )


def _subscription(
    subscription: Subscription,
    newsletters: Mapping[int, NewsletterDetails],
    proofs: Sequence[ConsentProof],
) -> SubscriptionProfile:
    return SubscriptionProfile(
        newsletter=newsletters[subscription.newsletter_id],
        state=subscription.state,
        section_mask=subscription.section_mask,
        frequency=subscription.frequency,
        wants_alerts=subscription.wants_alerts,
        requested_at=subscription.requested_at,
        confirmed_at=subscription.confirmed_at,
        ended_at=subscription.ended_at,
        ended_by=subscription.ended_by,
        proofs=tuple(each for each in proofs if each.subscription_id == subscription.id),
    )
