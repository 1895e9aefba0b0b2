"""Add a reader whose consent was given elsewhere; the operator names the proof."""

from datetime import datetime

from service.audience import consent, queries, suppress
from service.audience.address import EmailAddress
from service.audience.confirm import begin_reading
from service.audience.consent import ConsentAction, ConsentOrigin, ConsentSource
from service.audience.lifecycle import SubscriptionState
from service.audience.reader_token import ReaderToken
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.newsletters.frequency import Frequency

log = get_logger(__name__)


def add_with_consent(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    address: EmailAddress,
    *,
    newsletter_id: int,
    section_mask: int | None,
    frequency: Frequency | None = None,
    wants_alerts: bool = False,
    proof: str,
    now: datetime,
    keyring: Keyring,
) -> ReaderToken:
    """Create an active subscription without a confirmation message.

    `proof` says where the consent can be shown; surrounding space is removed. `frequency` is that
    of a new reader, None what the newsletter proposes; a returning reader's is changed by
    `service.delivery.enrolment.choose_frequency.add_with_consent`.

    Raises:
        Invalid: the proof is blank; without one, the reader has to confirm.
        Conflict: the address is suppressed, or its reader is active already.
    """
    proof = proof.strip()
    if not proof:
        raise Invalid(
            "Say where the consent can be shown, such as 'paper form of 8 February'; without a "
            "proof the reader is asked to confirm."
        )
    if suppress.is_suppressed(session, address, keyring=keyring):
        raise Conflict(
            "This address is suppressed: lift it first with 'crieur suppression remove', "
            "if you know why it was."
        )
    subscriber = queries.upsert_subscriber(session, address=address.text, key=address.key, now=now)
    subscription = queries.upsert_subscription(
        session,
        newsletter_id=newsletter_id,
        subscriber_id=subscriber.id,
        now=now,
        frequency=frequency,
    )
    if subscription.state == SubscriptionState.ACTIVE:
        raise Conflict(
            "This reader is subscribed already. Readers choose their sections with the link at "
            "the foot of each message; 'crieur subscriber add' without --proof sends it again."
        )
    subscription.state = SubscriptionState.ACTIVE
    subscription.section_mask = section_mask
    subscription.wants_alerts = wants_alerts
    subscription.generation += 1
    begin_reading(subscription, now=now)
    origin = ConsentOrigin(
        source=ConsentSource.OPERATOR, facts={"proof": proof, **subscription.choice}
    )
    consent.record(session, subscription.id, ConsentAction.IMPORTED, now=now, origin=origin)
    log.info("reader.added", newsletter=newsletter_id, subscriber=subscriber.id)
    return ReaderToken(newsletter_id=newsletter_id, edition_id=0, subscriber_id=subscriber.id)
