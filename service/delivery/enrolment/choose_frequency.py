"""Readers say how often they want a newsletter: when they sign up, and on their preference page.

The audience stores what new readers choose. A reader who has been one before may have had editions
of another series, so that their choice goes through `change_frequency`: its lock comes first, then
the subscriber's row, then the subscription's.
"""

from datetime import datetime, timedelta

from service.audience import add_with_consent as audience_add
from service.audience import consent, signup
from service.audience import queries as audience_queries
from service.audience.address import EmailAddress
from service.audience.consent import ConsentAction, ConsentOrigin
from service.audience.lifecycle import SubscriptionState
from service.audience.pending_notice import PendingNotice
from service.audience.queries import frequency as readers_queries
from service.audience.reader_token import ReaderToken
from service.audience.signup import SignupRequest
from service.audience.tables import Subscription
from service.delivery.enrolment.change_frequency import change_frequency
from service.kit.db import Session
from service.kit.errors import Conflict, NotFound
from service.kit.tokens import Keyring
from service.kit.translatable import translatable
from service.newsletters.frequency import Frequency


def sign_up(
    session: Session,
    application: SignupRequest,
    *,
    now: datetime,
    keyring: Keyring,
    valid_for: timedelta,
) -> PendingNotice | None:
    """Store a sign-up as `service.audience.signup.sign_up` does, with a returning reader's choice.

    An active reader's frequency stays: a stranger can sign up with anybody's address.
    """
    _change_if_returning(
        session, application.address, application.newsletter_id, application.frequency, now=now
    )
    return signup.sign_up(session, application, now=now, keyring=keyring, valid_for=valid_for)


def add_with_consent(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    address: EmailAddress,
    *,
    newsletter_id: int,
    section_mask: int | None,
    frequency: Frequency | None,
    wants_alerts: bool = False,
    proof: str,
    now: datetime,
    keyring: Keyring,
) -> ReaderToken:
    """Add a reader as `service.audience.add_with_consent` does, with a returning one's choice.

    Raises:
        Invalid: the proof is blank.
        Conflict: the address is suppressed, or its reader is active already.
    """
    _change_if_returning(session, address, newsletter_id, frequency, now=now)
    return audience_add.add_with_consent(
        session,
        address,
        newsletter_id=newsletter_id,
        section_mask=section_mask,
        frequency=frequency,
        wants_alerts=wants_alerts,
        proof=proof,
        now=now,
        keyring=keyring,
    )


def choose_frequency(
    session: Session,
    reader: ReaderToken,
    frequency: Frequency,
    *,
    now: datetime,
    origin: ConsentOrigin,
) -> bool:
    """Store how often an active reader wants a newsletter; return whether that is a change.

    Raises:
        NotFound: the reader was erased.
        Conflict: the subscription is not active.
    """
    found = _active(session, reader, lock=False)
    if found.frequency == frequency:
        return False
    readers_queries.lock_series(session, reader.newsletter_id, exclusive=True)
    found = _active(session, reader, lock=True)
    changed = change_frequency(
        session, reader.newsletter_id, reader.subscriber_id, frequency, now=now
    )
    if changed:
        facts = {"frequency": frequency.value}
        consent.record(
            session, found.id, ConsentAction.CHANGED, now=now, origin=origin, facts=facts
        )
    return changed


def _active(session: Session, reader: ReaderToken, *, lock: bool) -> Subscription:
    found = audience_queries.subscription(
        session,
        newsletter_id=reader.newsletter_id,
        subscriber_id=reader.subscriber_id,
        lock=lock,
    )
    if found is None:
        raise NotFound("There is no such subscription any more.")
    if found.state is not SubscriptionState.ACTIVE:
        raise Conflict(translatable("subscription.not_active"))
    return found


def _change_if_returning(
    session: Session,
    address: EmailAddress,
    newsletter_id: int,
    frequency: Frequency | None,
    *,
    now: datetime,
) -> None:
    """Move a reader who is not active; most have never been one, and take no lock."""
    if frequency is None or not _differs(session, address, newsletter_id, frequency):
        return
    readers_queries.lock_series(session, newsletter_id, exclusive=True)
    if _differs(session, address, newsletter_id, frequency, lock=True):
        subscriber = audience_queries.subscriber_by_key(session, address.key)
        if subscriber is not None:
            change_frequency(session, newsletter_id, subscriber.id, frequency, now=now)


def _differs(
    session: Session,
    address: EmailAddress,
    newsletter_id: int,
    frequency: Frequency,
    *,
    lock: bool = False,
) -> bool:
    """Return whether there is a subscription that is not active and has another frequency."""
    subscriber = audience_queries.subscriber_by_key(session, address.key, lock=lock)
    if subscriber is None:
        return False
    found = audience_queries.subscription(
        session, newsletter_id=newsletter_id, subscriber_id=subscriber.id, lock=lock
    )
    if found is None or found.state is SubscriptionState.ACTIVE:
        return False
    return found.frequency != frequency
