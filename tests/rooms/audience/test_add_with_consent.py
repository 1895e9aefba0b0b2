"""An operator adds a reader with a proof of consent."""

import pytest
from sqlalchemy import func, select

from service.audience import add_with_consent
from service.audience.address import parse_address
from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Consent, Subscriber, Subscription
from service.kit.errors import Invalid
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


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

    assert desk.subscription(reader).state is SubscriptionState.ACTIVE
    assert desk.acts() == ["imported"]


@pytest.mark.parametrize("proof", ["", "   ", "\n\t", "\u00a0"])
def test_a_blank_proof_is_refused_and_stores_nothing(
    desk: Desk, clock: FakeClock, keyring: Keyring, proof: str
) -> None:
    with desk.begin() as session, pytest.raises(Invalid, match="where the consent can be shown"):
        add_with_consent.add_with_consent(
            session,
            AWA,
            newsletter_id=desk.newsletter.id,
            section_mask=None,
            proof=proof,
            now=clock(),
            keyring=keyring,
        )

    with desk.begin() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Subscriber, Subscription, Consent)
        ]
    assert counts == [0, 0, 0]


def test_the_space_around_a_proof_is_removed(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        reader = add_with_consent.add_with_consent(
            session,
            AWA,
            newsletter_id=desk.newsletter.id,
            section_mask=None,
            proof="  a paper form\n",
            now=clock(),
            keyring=keyring,
        )

    [proof] = desk.subscription(reader).proofs
    assert proof.evidence == "a paper form"
