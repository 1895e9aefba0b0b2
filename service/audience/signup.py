"""Sign up for a newsletter; nothing is active before the confirmation link is followed.

The form reveals nothing about an address: the page is the same for a known, active, suppressed or
new one, and only the mailbox sees a difference. A stranger can cause at most a few messages there
and can change nothing for an active reader.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.audience import confirm_token, consent, queries, suppress
from service.audience.address import EmailAddress
from service.audience.confirm_token import ConfirmToken
from service.audience.consent import ConsentAction, ConsentOrigin
from service.audience.lifecycle import SubscriptionState
from service.audience.mailbox_aliases import mailbox_hash
from service.audience.pending_notice import PendingNotice
from service.audience.tables import Subscription
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.newsletters.frequency import Frequency

log = get_logger(__name__)

MIN_MESSAGE_INTERVAL = timedelta(minutes=5)
LIMIT_WINDOW = timedelta(days=1)
MAX_MESSAGES_PER_SUBSCRIPTION = 5
# A reader may sign up for several newsletters in a row; a stranger must not flood the mailbox, not
# even through its aliases.
MAX_MESSAGES_PER_MAILBOX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupRequest:
    """The content of the sign-up form."""

    newsletter_id: int
    address: EmailAddress
    section_mask: int | None
    origin: ConsentOrigin
    # None means what the newsletter proposes, and for a returning reader what they had.
    frequency: Frequency | None = None
    wants_alerts: bool = False


def sign_up(
    session: Session,
    application: SignupRequest,
    *,
    now: datetime,
    keyring: Keyring,
    valid_for: timedelta,
) -> PendingNotice | None:
    """Store the sign-up; return the pending notice, or None. The page is the same in both cases.

    The frequency is that of new readers. A returning reader's is changed by
    `service.delivery.enrolment.choose_frequency.sign_up`, which knows what they have had.
    """
    if suppress.blocks_signup(session, application.address, keyring=keyring):
        log.info("signup.ignored", newsletter=application.newsletter_id, reason="suppressed")
        return None
    subscriber = queries.upsert_subscriber(
        session, address=application.address.text, key=application.address.key, now=now
    )
    subscription = queries.upsert_subscription(
        session,
        newsletter_id=application.newsletter_id,
        subscriber_id=subscriber.id,
        now=now,
        frequency=application.frequency,
    )
    if subscription.state == SubscriptionState.ACTIVE:
        if suppress.is_lifted_by_confirming(session, subscriber.id):
            # The reader has received nothing since the suppression; following the link proves that
            # the mailbox works. Until then a stranger's sign-up changes nothing.
            due = prepare_confirmation(session, subscription, now=now, valid_for=valid_for)
            if due is not None:
                origin = application.origin
                consent.record(
                    session, subscription.id, ConsentAction.REQUESTED, now=now, origin=origin
                )
            return due
        return _welcome_again(session, subscription, now=now)
    subscription.section_mask = application.section_mask
    subscription.wants_alerts = application.wants_alerts
    due = prepare_confirmation(session, subscription, now=now, valid_for=valid_for)
    if due is not None:
        if subscription.state is SubscriptionState.ENDED:
            subscription.state = SubscriptionState.PENDING
        subscription.requested_at = now
        record_signup_request(session, subscription, now=now, origin=application.origin, due=due)
        log.info(
            "signup.requested", newsletter=subscription.newsletter_id, subscriber=subscriber.id
        )
    return due


def record_signup_request(
    session: Session,
    subscription: Subscription,
    *,
    now: datetime,
    origin: ConsentOrigin,
    due: PendingNotice,
) -> None:
    """Store the proof of a sign-up request, with its confirmation message's generation."""
    token = confirm_token.token_from_notice(due.newsletter_id, due.subscriber_id, due.facts)
    facts = {**token.proof, **subscription.choice}
    consent.record(
        session, subscription.id, ConsentAction.REQUESTED, now=now, origin=origin, facts=facts
    )


def prepare_confirmation(
    session: Session, subscription: Subscription, *, now: datetime, valid_for: timedelta
) -> PendingNotice | None:
    """Return a confirmation message of a new generation, None if a limit is reached.

    Without a new message the generation stays, so that the link in the last one still works.
    """
    if not _may_send(session, subscription, now=now):
        return None
    subscription.generation += 1
    token = ConfirmToken(
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        generation=subscription.generation,
        expires_at=now + valid_for,
    )
    return PendingNotice(
        kind="confirm",
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        facts={**token.facts, **subscription.choice},
        valid_for=valid_for,
    )


def _welcome_again(
    session: Session, subscription: Subscription, *, now: datetime
) -> PendingNotice | None:
    """Remind an active reader of the preferences link; their choice stays as it is."""
    if not _may_send(session, subscription, now=now):
        return None
    return PendingNotice(
        kind="welcome",
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        facts={"again": 1, **subscription.choice},
        valid_for=LIMIT_WINDOW,
    )


def _may_send(session: Session, subscription: Subscription, *, now: datetime) -> bool:
    """Count one more message to this mailbox; False if a limit is reached."""
    last = subscription.confirm_sent_at
    if (
        last is not None
        and now < last + MIN_MESSAGE_INTERVAL
        and not _is_returning(subscription, last)
    ):
        return _too_many(subscription)
    if last is None or now >= last + LIMIT_WINDOW:
        subscription.confirm_sent_count = 0
    if subscription.confirm_sent_count >= MAX_MESSAGES_PER_SUBSCRIPTION:
        return _too_many(subscription)
    subscriber = queries.subscriber_by_id(session, subscription.subscriber_id)
    if subscriber is None or subscriber.address_key is None:
        return _too_many(subscription)
    # Last, in one statement: concurrent sign-ups by two aliases wait for each other here.
    mailbox = mailbox_hash(subscriber.address_key)
    if (
        queries.count_message(session, mailbox, now=now, window=LIMIT_WINDOW)
        > MAX_MESSAGES_PER_MAILBOX
    ):
        return _too_many(subscription)
    subscription.confirm_sent_at = now
    subscription.confirm_sent_count += 1
    return True


def _is_returning(subscription: Subscription, last: datetime) -> bool:
    """Return whether the last message was answered and the reader has unsubscribed since.

    A reader who unsubscribed by mistake must not wait five minutes; a stranger never gets here.
    """
    confirmed = subscription.confirmed_at
    return (
        subscription.state == SubscriptionState.ENDED
        and confirmed is not None
        and confirmed >= last
    )


def _too_many(subscription: Subscription) -> bool:
    log.info("signup.limited", subscriber=subscription.subscriber_id)
    return False
