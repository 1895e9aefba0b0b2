"""An operator adds a reader with a proof of consent."""

from service.audience import (
    add_with_consent,
    profile,
)
from service.audience.address import parse_address
from service.audience.lifecycle import SubscriptionState
from service.audience.profile import ReaderProfile, SubscriptionProfile
from service.audience.reader_token import ReaderToken
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def _profile(desk: Desk, reader: ReaderToken) -> ReaderProfile:
    with desk.begin() as session:
        return profile.profile_of_subscriber(session, reader.subscriber_id, keyring=desk.keyring)


def _subscription(desk: Desk, reader: ReaderToken) -> SubscriptionProfile:
    found = _profile(desk, reader).subscription_to(reader.newsletter_id)
    assert found is not None
    return found


def _acts(desk: Desk) -> list[str]:
    with desk.begin() as session:
        [relation] = profile.profile_of_address(session, AWA, keyring=desk.keyring).subscriptions
    return [proof.act for proof in relation.proofs]


def test_an_operator_adds_a_reader_with_a_proof(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        reader = add_with_consent.add_with_consent(
            session,
            AWA,
            newsletter_id=desk.newsletter.id,
            section_mask=0b1,
            proof="paper form of 8 February",
            now=clock(),
            keyring=keyring,
        )

    assert _subscription(desk, reader).state is SubscriptionState.ACTIVE
    assert _acts(desk) == ["imported"]
