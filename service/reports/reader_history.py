"""Readers for the console: lists, and everything about one reader.

The profile is the audience's; the deliveries, notices and outcomes of the reader are added here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.audience.consent import ConsentProof
from service.audience.profile import ReaderProfile, SubscriptionProfile, profile_of_subscriber
from service.delivery.tables import Attempt, Delivery, Notice
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.paging import KeysetPage, make_page
from service.kit.tokens import Keyring
from service.newsletters.details import NewsletterDetails
from service.reports.queries import readers as queries

_MAX_DELIVERIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSummary:
    """One reader in a list; `address` is None after erasure."""

    subscriber_id: int
    address: str | None
    created_at: datetime
    is_suppressed: bool
    # The newsletters' names and the states of the subscriptions, by name.
    subscriptions: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentHistoryEntry:
    """A consent proof, with what it refers to."""

    proof: ConsentProof
    newsletter: NewsletterDetails
    # The sections that were chosen, retired ones too; None if all or unknown.
    sections: Sequence[str] | None
    has_all_sections: bool
    # When the confirmation message that this answers was requested.
    requested_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderAttempt:
    """One SMTP transaction of a reader's delivery."""

    at: datetime
    result: str
    reason: str | None
    reply: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDelivery:
    """An edition on its way to a reader."""

    edition_id: int
    # None before the edition is frozen.
    subject: str | None
    newsletter_name: str
    # A delivery's state; `cancelled` where an operator's cancellation ended it.
    state: str
    outcome: str | None
    reason: str | None
    reply: str | None
    settled_at: datetime | None
    next_at: datetime | None
    is_edition_paused: bool
    attempts: Sequence[ReaderAttempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderNotice:
    """A transactional message to a reader."""

    kind: str
    newsletter_name: str
    state: str
    reply: str | None
    # When it reached its last state, or else when it was queued.
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderOutcome:
    """A bounce, complaint or the like about a reader."""

    at: datetime
    kind: str
    reason: str
    status: str | None
    diagnostic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderHistory:
    """A reader's profile with everything that was sent and came back, the newest first."""

    profile: ReaderProfile
    # By the newsletter's name.
    subscriptions: Sequence[SubscriptionProfile]
    # The oldest first.
    consents: Sequence[ConsentHistoryEntry]
    deliveries: Sequence[ReaderDelivery]
    notices: Sequence[ReaderNotice]
    outcomes: Sequence[ReaderOutcome]


def list_readers(
    session: Session,
    *,
    newsletter_id: int | None = None,
    search: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> KeysetPage[ReaderSummary]:
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
    suppressed = queries.suppressed_among(session, ids)
    summaries = [
        ReaderSummary(
            subscriber_id=each.id,
            address=each.address,
            created_at=each.created_at,
            is_suppressed=each.id in suppressed,
            subscriptions=subscriptions.get(each.id, []),
        )
        for each in found
    ]
    return make_page(summaries, ids, size=limit)


def get_reader_history(session: Session, subscriber_id: int, *, keyring: Keyring) -> ReaderHistory:
    """Return everything about one reader.

    Raises:
        NotFound: there is no such reader.
    """
    profile = profile_of_subscriber(session, subscriber_id, keyring=keyring)
    return ReaderHistory(
        profile=profile,
        subscriptions=sorted(profile.subscriptions, key=lambda each: each.newsletter.name),
        consents=_consents(profile),
        deliveries=_deliveries(session, subscriber_id),
        notices=[_notice(row, name) for row, name in queries.notices_of(session, subscriber_id)],
        outcomes=[
            ReaderOutcome(
                at=row.at,
                kind=row.kind,
                reason=row.reason,
                status=row.status,
                diagnostic=row.diagnostic,
            )
            for row in queries.outcomes_of(session, subscriber_id)
        ],
    )


def _consents(profile: ReaderProfile) -> list[ConsentHistoryEntry]:
    entries = [
        ConsentHistoryEntry(
            proof=proof,
            newsletter=subscription.newsletter,
            sections=subscription.newsletter.section_names(proof.section_mask, also_retired=True),
            has_all_sections=proof.has_choice and proof.section_mask is None,
            requested_at=subscription.requested_at_of(proof),
        )
        for subscription in profile.subscriptions
        for proof in subscription.proofs
    ]
    return sorted(entries, key=lambda entry: entry.proof.at)


def _deliveries(session: Session, subscriber_id: int) -> list[ReaderDelivery]:
    rows = queries.deliveries_of(session, subscriber_id, limit=_MAX_DELIVERIES)
    attempts = queries.attempts_of(session, subscriber_id, [edition.id for _, edition, _ in rows])
    return [
        _delivery(
            delivery, edition, name, [each for each in attempts if each.edition_id == edition.id]
        )
        for delivery, edition, name in rows
    ]


def _delivery(
    delivery: Delivery, edition: Edition, newsletter_name: str, attempts: Sequence[Attempt]
) -> ReaderDelivery:
    is_cancelled = delivery.reason == "cancelled"
    return ReaderDelivery(
        edition_id=edition.id,
        subject=edition.subject,
        newsletter_name=newsletter_name,
        state="cancelled" if is_cancelled and delivery.state == "expired" else delivery.state,
        outcome=delivery.outcome,
        reason=None if is_cancelled else delivery.reason,
        reply=None if delivery.state == "accepted" else delivery.reply,
        settled_at=delivery.settled_at,
        next_at=delivery.next_at,
        is_edition_paused=edition.paused_at is not None,
        attempts=[
            ReaderAttempt(at=each.at, result=each.result, reason=each.reason, reply=each.reply)
            for each in attempts
        ],
    )


def _notice(row: Notice, newsletter_name: str) -> ReaderNotice:
    return ReaderNotice(
        kind=row.kind,
        newsletter_name=newsletter_name,
        state=row.state,
        reply=None if row.state == "accepted" else row.reply,
        at=row.settled_at or row.created_at,
    )
