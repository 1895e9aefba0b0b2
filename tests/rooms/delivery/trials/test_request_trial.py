"""Who may be sent a trial message, and how many."""

import pytest

from service.audience.address import parse_address
from service.audience.suppress import suppress
from service.kit.db import Begin
from service.kit.errors import Conflict, Invalid
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.rooms.delivery.trials.draft import EDITOR, a_draft_edition, request


@pytest.mark.parametrize(
    "addresses",
    ["", "nobody", ",".join(f"{number}@b.example" for number in range(11))],
)
def test_wrong_addresses_are_refused(
    begin: Begin, clock: FakeClock, keyring: Keyring, addresses: str
) -> None:
    draft_id = a_draft_edition(begin, clock)

    with pytest.raises(Invalid):
        request(begin, keyring, draft_id, addresses, clock)


def test_a_suppressed_address_gets_none(begin: Begin, clock: FakeClock, keyring: Keyring) -> None:
    draft_id = a_draft_edition(begin, clock)
    with begin() as session:
        suppress(
            session, address=parse_address(EDITOR), reason="manual", now=clock(), keyring=keyring
        )

    with pytest.raises(Conflict, match="suppressed"):
        request(begin, keyring, draft_id, EDITOR, clock)


def test_an_account_that_was_taken_over_cannot_write_to_the_world(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    draft_id = a_draft_edition(begin, clock)
    for batch in range(10):
        names = ",".join(f"x{batch}-{number}@b.example" for number in range(10))
        request(begin, keyring, draft_id, names, clock)

    with pytest.raises(Conflict, match="100"):
        request(begin, keyring, draft_id, EDITOR, clock)
