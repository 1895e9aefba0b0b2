"""One reader's story: what they asked for, what they got, what came back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.audience import consent
from service.audience.address import parse_address
from service.audience.consent import ConsentAction, ConsentProof
from service.audience.suppress import find_suppression
from service.audience.tables import Subscriber, Subscription, Suppression
from service.delivery.tables import Attempt, Delivery, Notice
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.paging import KeysetPage, make_page
from service.kit.tokens import Keyring
from service.newsletters.tables import Newsletter, Section
from service.outcomes.tables import Outcome
from service.reports.queries import readers as queries

_DELIVERIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDetail:
    """A reader's subscription to a newsletter, with the sections that it means."""

    subscription: Subscription
    newsletter: Newsletter
    # None means every section, also those to come.
    sections: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDetail:
    """An act of a reader that proves what they wanted, and which request it answers."""

    proof: ConsentProof
    newsletter: Newsletter
    # The sections that went with it, retired ones too; None where it was about none or is unknown.
    sections: Sequence[str] | None
    has_all_sections: bool
    # When the mail that a confirmation answers was asked for.
    asked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderListItem:
    """A reader in a list."""

    subscriber: Subscriber
    subscriptions: Sequence[tuple[Subscription, Newsletter]]
    suppression: Suppression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDetail:
    """An edition on its way to a reader."""

    delivery: Delivery
    edition: Edition
    newsletter_name: str
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderHistory:
    """Everything about one reader."""

    subscriber: Subscriber
    subscriptions: Sequence[SubscriptionDetail]
    suppression: Suppression | None
    proofs: Sequence[ConsentDetail]
    deliveries: Sequence[DeliveryDetail]
    notices: Sequence[tuple[Notice, str]]
    outcomes: Sequence[Outcome] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionMilestone:
    """A state that an edition has reached, and when, if that is known."""

    state: str
    at: datetime | None


def list_readers(
    session: Session,
    *,
    newsletter_id: int | None = None,
    search: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> KeysetPage[ReaderListItem]:
    """List readers, newest first; `before_id` continues a list."""
    found = queries.subscribers_page(
        session,
        newsletter_id=newsletter_id,
        search=search,
        before_id=before_id,
        limit=limit + 1,
    )
    ids = [subscriber.id for subscriber in found]
    subscriptions = queries.subscriptions_of(session, ids)
    suppressions = queries.suppressions_of(session, ids)
    lines = [
        ReaderListItem(
            subscriber=each,
            subscriptions=subscriptions.get(each.id, []),
            suppression=suppressions.get(each.id),
        )
        for each in found
    ]
    return make_page(lines, ids, size=limit)


def get_reader_history(session: Session, subscriber_id: int, *, keyring: Keyring) -> ReaderHistory:
    """Tell one reader's story.

    Raises:
        NotFound: there is no such reader.
    """
    subscriber = queries.subscriber(session, subscriber_id)
    if subscriber is None:
        raise NotFound("There is no such reader.")
    return ReaderHistory(
        subscriber=subscriber,
        subscriptions=_memberships(session, subscriber_id),
        suppression=_suppression(session, subscriber, keyring),
        proofs=_proofs(session, subscriber_id),
        deliveries=_deliveries(session, subscriber_id),
        notices=queries.notices_of(session, subscriber_id),
        outcomes=queries.outcomes_of(session, subscriber_id),
    )


def edition_milestones(row: Edition) -> list[EditionMilestone]:
    """List the states of an edition's way with the instants that it keeps."""
    is_final = row.finished_at is not None
    ending = row.state if is_final else "finished"
    way = ["planned", "selected", "frozen", "rendered", "sending", ending]
    known = {
        "planned": row.planned_at,
        "frozen": row.frozen_at,
        "sending": row.enrolled_at,
        ending: row.finished_at,
    }
    moments = [EditionMilestone(state=state, at=known.get(state)) for state in way]
    if row.state in {"skipped", "cancelled", "lapsed"}:
        # Where it was stopped, the states that it never reached are left out.
        return [each for each in moments if each.at is not None]
    return moments


def _suppression(session: Session, subscriber: Subscriber, keyring: Keyring) -> Suppression | None:
    """Look by the address: it may have been suppressed before anybody signed up with it."""
    if subscriber.address is None:
        return None
    return find_suppression(session, parse_address(subscriber.address), keyring=keyring)


def _memberships(session: Session, subscriber_id: int) -> list[SubscriptionDetail]:
    rows = queries.subscriptions_of(session, [subscriber_id]).get(subscriber_id, [])
    sections = queries.sections_of(session, [newsletter.id for _, newsletter in rows])
    return [
        SubscriptionDetail(
            subscription=subscription,
            newsletter=newsletter,
            sections=_chosen(subscription.section_mask, sections.get(newsletter.id, [])),
        )
        for subscription, newsletter in rows
    ]


def _proofs(session: Session, subscriber_id: int) -> list[ConsentDetail]:
    rows = queries.subscriptions_of(session, [subscriber_id]).get(subscriber_id, [])
    newsletters = {subscription.id: newsletter for subscription, newsletter in rows}
    sections = queries.sections_of(
        session, [newsletter.id for newsletter in newsletters.values()], also_retired=True
    )
    proofs = consent.list_proofs(session, list(newsletters))
    asked: dict[tuple[int, int | None], datetime] = {
        (each.subscription_id, each.request): each.at
        for each in proofs
        if each.act == ConsentAction.REQUESTED and each.request is not None
    }
    return [
        ConsentDetail(
            proof=each,
            newsletter=(newsletter := newsletters[each.subscription_id]),
            sections=_chosen(each.section_mask, sections.get(newsletter.id, [])),
            has_all_sections=each.has_choice and each.section_mask is None,
            asked_at=asked.get((each.subscription_id, each.request))
            if each.act == ConsentAction.CONFIRMED
            else None,
        )
        for each in proofs
    ]


def _chosen(mask: int | None, sections: Sequence[Section]) -> list[str] | None:
    if mask is None:
        return None
    return [section.name for section in sections if mask & (1 << section.bit)]


def _deliveries(session: Session, subscriber_id: int) -> list[DeliveryDetail]:
    rows = queries.deliveries_of(session, subscriber_id, limit=_DELIVERIES)
    attempts = queries.attempts_of(session, subscriber_id, [row.id for _, row, _ in rows])
    return [
        DeliveryDetail(
            delivery=delivery,
            edition=row,
            newsletter_name=name,
            attempts=[each for each in attempts if each.edition_id == row.id],
        )
        for delivery, row, name in rows
    ]
