"""What the personal link in every message opens: who the reader is, and of which newsletter."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from service.audience import reader_token
from service.audience.profile import ReaderProfile, SubscriptionProfile, profile_of_subscriber
from service.audience.reader_token import ReaderToken
from service.kit.errors import NotFound
from service.newsletters.details import NewsletterDetails
from service.web.deps import CurrentRuntime, Transaction
from service.web.link_tokens import clean_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A reader who came by a link that only they have."""

    token: str
    reader: ReaderToken
    profile: ReaderProfile
    subscription: SubscriptionProfile

    @property
    def newsletter(self) -> NewsletterDetails:
        """The newsletter that the link belongs to."""
        return self.subscription.newsletter


def get_visitor(token: str, session: Transaction, running: CurrentRuntime) -> Visitor:
    """Return who holds the link; a forged or damaged one, and an erased reader, are NotFound."""
    token = clean_token(token)
    reader = reader_token.verify_reader_token(running.keyring, token)
    if reader is None:
        raise NotFound("This link is damaged or was not made by us.")
    found = profile_of_subscriber(session, reader.subscriber_id, keyring=running.keyring)
    subscription = found.subscription_to(reader.newsletter_id)
    if found.address is None or subscription is None:
        raise NotFound("There is no such subscription any more.")
    return Visitor(token=token, reader=reader, profile=found, subscription=subscription)


CurrentVisitor = Annotated[Visitor, Depends(get_visitor)]
