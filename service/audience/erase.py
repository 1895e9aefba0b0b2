"""Erase a person's data; what remains cannot be traced to them without the address."""

from datetime import datetime

from service.audience import queries, suppress, unsubscribe
from service.audience.address import EmailAddress
from service.audience.reader_token import ReaderToken
from service.audience.unsubscribe import EndedBy
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.log import get_logger
from service.kit.tokens import Keyring

log = get_logger(__name__)


def erase(session: Session, address: EmailAddress, *, now: datetime, keyring: Keyring) -> int:
    """Erase a reader and return the subscriber's id.

    Subscriptions end, the address is removed, proofs lose their networks, and a suppression hash
    remains so that an import does not add the person again. Raise NotFound for an unknown address.
    """
    subscriber = queries.subscriber_by_key(session, address.key, lock=True)
    if subscriber is None:
        raise NotFound("No reader has signed up with this address; there is nothing to erase.")
    subscriptions = queries.subscriptions_of(session, subscriber.id)
    for subscription in subscriptions:
        reader = ReaderToken(
            newsletter_id=subscription.newsletter_id, edition_id=0, subscriber_id=subscriber.id
        )
        unsubscribe.end_subscription(session, reader, by=EndedBy.ERASURE, now=now)
    suppress.suppress(session, address=address, reason=suppress.ERASED, now=now, keyring=keyring)
    queries.clear_networks(session, [each.id for each in subscriptions])
    subscriber.address = None
    subscriber.address_key = None
    subscriber.time_zone = None
    subscriber.erased_at = now
    log.info("reader.erased", subscriber=subscriber.id)
    return subscriber.id
