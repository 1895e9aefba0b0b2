"""Every way to unsubscribe."""

import pytest

from service.audience.address import parse_address
from service.audience.lifecycle import SubscriptionState
from service.audience.unsubscribe import EndedBy
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


@pytest.mark.parametrize(
    ("by", "mail"),
    [
        (EndedBy.PAGE, "goodbye"),
        (EndedBy.ONE_CLICK, None),
        (EndedBy.COMPLAINT, None),
        (EndedBy.OPERATOR, None),
    ],
)
def test_leaving_ends_at_once_and_says_goodbye_only_to_who_used_the_page(
    desk: Desk, by: EndedBy, mail: str | None
) -> None:
    reader = desk.join()

    due = desk.end(reader, by)

    assert (due.kind if due else None) == mail
    assert desk.subscription(reader).state is SubscriptionState.ENDED


def test_leaving_twice_is_leaving_once(desk: Desk) -> None:
    reader = desk.join()

    assert desk.end(reader, EndedBy.PAGE) is not None
    assert desk.end(reader, EndedBy.PAGE) is None
    assert desk.acts() == ["requested", "confirmed", "ended"]
