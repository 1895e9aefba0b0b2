"""A reader is erased, and no import brings the person back."""

import pytest

from service.audience import add_with_consent, erase, profile
from service.audience.address import parse_address
from service.audience.lifecycle import SubscriptionState
from service.kit.errors import Conflict, NotFound
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def test_erasure_removes_the_person_and_keeps_imports_from_bringing_them_back(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    reader = desk.join()

    with desk.begin() as session:
        erase.erase(session, AWA, now=clock(), keyring=keyring)

    with desk.begin() as session:
        found = profile.profile_of_subscriber(session, reader.subscriber_id, keyring=keyring)
        with pytest.raises(NotFound):
            profile.profile_of_address(session, AWA, keyring=keyring)
        with pytest.raises(Conflict, match="suppressed"):
            add_with_consent.add_with_consent(
                session,
                AWA,
                newsletter_id=desk.newsletter.id,
                section_mask=None,
                proof="an old list",
                now=clock(),
                keyring=keyring,
            )
    assert found.address is None
    assert [each.state for each in found.subscriptions] == [SubscriptionState.ENDED]
    assert {proof.network for each in found.subscriptions for proof in each.proofs} == {None}
