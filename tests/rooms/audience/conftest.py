"""A newsletter to sign up for, and the acts of a reader in one line each."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from service.audience import confirm, confirm_token, profile, signup, unsubscribe
from service.audience.address import parse_address
from service.audience.confirm import ConfirmationStatus
from service.audience.confirm_token import ConfirmToken
from service.audience.consent import ConsentOrigin, ConsentSource, ConsentText
from service.audience.pending_notice import PendingNotice
from service.audience.profile import ReaderProfile, SubscriptionProfile
from service.audience.reader_token import ReaderToken
from service.audience.signup import SignupRequest
from service.audience.unsubscribe import EndedBy
from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.newsletters.details import NewsletterDetails
from tests.builders import a_newsletter

AGREED = ConsentText("D’accord [Oui]", "fr")
VALID_FOR = timedelta(days=3)


@pytest.fixture
def newsletter(begin: Begin, clock: Clock) -> NewsletterDetails:
    with begin() as session:
        return a_newsletter(session, now=clock())


@dataclass
class Desk:
    """What readers do, each act in a transaction of its own."""

    begin: Begin
    clock: Clock
    keyring: Keyring
    newsletter: NewsletterDetails

    def sign_up(
        self, address: str = "awa@example.org", *, mask: int | None = None, newsletter_id: int = 0
    ) -> PendingNotice | None:
        application = SignupRequest(
            newsletter_id=newsletter_id or self.newsletter.id,
            address=parse_address(address),
            section_mask=mask,
            origin=ConsentOrigin(words=AGREED, source=ConsentSource.FORM, address="203.0.113.77"),
        )
        with self.begin() as session:
            return signup.sign_up(
                session, application, now=self.clock(), keyring=self.keyring, valid_for=VALID_FOR
            )

    def token_of(self, due: PendingNotice | None) -> ConfirmToken:
        assert due is not None
        assert due.kind == "confirm"
        return confirm_token.token_from_notice(due.newsletter_id, due.subscriber_id, due.facts)

    def confirm(self, token: ConfirmToken) -> tuple[ConfirmationStatus, PendingNotice | None]:
        with self.begin() as session:
            return confirm.confirm(
                session,
                token,
                now=self.clock(),
                origin=ConsentOrigin(address="2001:db8:1:2::9"),
                keyring=self.keyring,
            )

    def join(self, address: str = "awa@example.org", *, mask: int | None = None) -> ReaderToken:
        """Sign up and confirm."""
        token = self.token_of(self.sign_up(address, mask=mask))
        assert self.confirm(token)[0] is ConfirmationStatus.CONFIRMED
        return ReaderToken(
            newsletter_id=token.newsletter_id, edition_id=0, subscriber_id=token.subscriber_id
        )

    def end(self, reader: ReaderToken, by: EndedBy) -> PendingNotice | None:
        with self.begin() as session:
            return unsubscribe.end_subscription(session, reader, by=by, now=self.clock())

    def profile(self, reader: ReaderToken) -> ReaderProfile:
        with self.begin() as session:
            return profile.profile_of_subscriber(
                session, reader.subscriber_id, keyring=self.keyring
            )

    def subscription(self, reader: ReaderToken) -> SubscriptionProfile:
        """The reader's subscription to the newsletter of the link."""
        found = self.profile(reader).subscription_to(reader.newsletter_id)
        assert found is not None
        return found

    def acts(self, address: str = "awa@example.org") -> list[str]:
        """What the proofs of consent of a reader's only subscription say, the oldest first."""
        with self.begin() as session:
            [subscription] = profile.profile_of_address(
                session, parse_address(address), keyring=self.keyring
            ).subscriptions
        return [proof.act for proof in subscription.proofs]


@pytest.fixture
def desk(begin: Begin, clock: Clock, keyring: Keyring, newsletter: NewsletterDetails) -> Desk:
    return Desk(begin, clock, keyring, newsletter)
