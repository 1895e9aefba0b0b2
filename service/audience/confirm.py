"""Confirm a sign-up: the link in the confirmation message activates a subscription, once."""

from datetime import datetime, timedelta
from enum import StrEnum

from service.audience import consent, queries, signup, suppress
from service.audience.address import parse_address
from service.audience.confirm_token import ConfirmToken
from service.audience.consent import UNKNOWN_ORIGIN, ConsentAction, ConsentOrigin
from service.audience.lifecycle import SubscriptionState
from service.audience.pending_notice import PendingNotice
from service.audience.tables import Subscription
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring

log = get_logger(__name__)

WELCOME_VALID_FOR = timedelta(days=2)

KEEPS_PLACE_FOR = timedelta(days=8)
"""How long the place of a reader who has left is kept: a weekly edition repeats no more."""


class ConfirmationStatus(StrEnum):
    """What a confirmation link does, or why it does nothing."""

    READY = "ready"
    CONFIRMED = "confirmed"
    ALREADY = "already"
    EXPIRED = "expired"
    REPLACED = "replaced"
    ENDED = "ended"
    UNKNOWN = "unknown"


def confirmation_status(
    session: Session, token: ConfirmToken, *, now: datetime
) -> ConfirmationStatus:
    """Return what the link would do; change nothing."""
    subscription = _subscription(session, token, lock=False)
    return (
        _answer(session, subscription, token, now=now)
        if subscription
        else ConfirmationStatus.UNKNOWN
    )


def confirm(
    session: Session, token: ConfirmToken, *, now: datetime, origin: ConsentOrigin, keyring: Keyring
) -> tuple[ConfirmationStatus, PendingNotice | None]:
    """Activate the subscription; the welcome message is due if it was not active before."""
    subscription = _subscription(session, token, lock=True)
    if subscription is None:
        return ConfirmationStatus.UNKNOWN, None
    answer = _answer(session, subscription, token, now=now)
    if answer is not ConfirmationStatus.READY:
        return answer, None
    if subscription.state is SubscriptionState.PENDING:
        subscription.state = SubscriptionState.ACTIVE
    begin_reading(subscription, now=now)
    consent.record(
        session,
        subscription.id,
        ConsentAction.CONFIRMED,
        now=now,
        origin=origin,
        facts={**token.proof, **subscription.choice},
    )
    _allow_again(session, subscription.subscriber_id, keyring=keyring)
    log.info(
        "signup.confirmed",
        newsletter=subscription.newsletter_id,
        subscriber=subscription.subscriber_id,
    )
    return ConfirmationStatus.CONFIRMED, PendingNotice(
        kind="welcome",
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        facts=subscription.choice,
        valid_for=WELCOME_VALID_FOR,
    )


def begin_reading(subscription: Subscription, *, now: datetime) -> None:
    """Store from when on an active reader is owed what is published.

    Who comes back after a while follows their series, and is not sent what they missed.
    """
    left_at = subscription.ended_at
    if left_at is not None and now - left_at > KEEPS_PLACE_FOR:
        subscription.previous_edition_id = None
    subscription.confirmed_at = now
    subscription.ended_at = subscription.ended_by = None


def resend_confirmation(
    session: Session,
    token: ConfirmToken,
    *,
    now: datetime,
    valid_for: timedelta,
    origin: ConsentOrigin = UNKNOWN_ORIGIN,
) -> PendingNotice | None:
    """Return a new confirmation message for an expired link; None if impossible or limited."""
    subscription = _subscription(session, token, lock=True)
    if subscription is None or (
        _answer(session, subscription, token, now=now) is not ConfirmationStatus.EXPIRED
    ):
        return None
    due = signup.prepare_confirmation(session, subscription, now=now, valid_for=valid_for)
    if due is not None:
        signup.record_signup_request(session, subscription, now=now, origin=origin, due=due)
    return due


def _subscription(session: Session, token: ConfirmToken, *, lock: bool) -> Subscription | None:
    return queries.subscription(
        session,
        newsletter_id=token.newsletter_id,
        subscriber_id=token.subscriber_id,
        lock=lock,
    )


def _answer(
    session: Session, subscription: Subscription, token: ConfirmToken, *, now: datetime
) -> ConfirmationStatus:
    match subscription.state:
        case SubscriptionState.ACTIVE if (
            token.generation == subscription.generation
            and not token.is_expired(now)
            and suppress.is_lifted_by_confirming(session, subscription.subscriber_id)
        ):
            return ConfirmationStatus.READY
        case SubscriptionState.ACTIVE:
            # An older link, too: the reader wanted an active subscription and has one.
            return ConfirmationStatus.ALREADY
        case SubscriptionState.ENDED:
            return ConfirmationStatus.ENDED
        case SubscriptionState.PENDING:
            if token.generation != subscription.generation:
                return ConfirmationStatus.REPLACED
            return ConfirmationStatus.EXPIRED if token.is_expired(now) else ConfirmationStatus.READY


def _allow_again(session: Session, subscriber_id: int, *, keyring: Keyring) -> None:
    """Lift a suppression by erasure or bounces: the mailbox has answered."""
    subscriber = queries.subscriber_by_id(session, subscriber_id)
    if subscriber is None or subscriber.address is None:
        return
    address = parse_address(subscriber.address)
    found = suppress.find_suppression(session, address, keyring=keyring)
    if found is not None and found.reason in suppress.LIFTED_BY_CONFIRMING:
        suppress.lift(session, address, keyring=keyring)
