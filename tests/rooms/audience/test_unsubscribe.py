"""Every way to unsubscribe."""

import pytest

from service.audience import (
    profile,
    unsubscribe,
)
from service.audience.address import parse_address
from service.audience.lifecycle import SubscriptionState
from service.audience.pending_notice import PendingNotice
from service.audience.profile import ReaderProfile, SubscriptionProfile
from service.audience.reader_token import ReaderToken
from service.audience.unsubscribe import EndedBy
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def _profile(desk: Desk, reader: ReaderToken) -> ReaderProfile:
    with desk.begin() as session:
        return profile.profile_of_subscriber(session, reader.subscriber_id, keyring=desk.keyring)


def _subscription(desk: Desk, reader: ReaderToken) -> SubscriptionProfile:
    found = _profile(desk, reader).subscription_to(reader.newsletter_id)
    assert found is not None
    return found


def _end(desk: Desk, reader: ReaderToken, by: EndedBy) -> PendingNotice | None:
    with desk.begin() as session:
        return unsubscribe.end_subscription(session, reader, by=by, now=desk.clock())


def _acts(desk: Desk) -> list[str]:
    with desk.begin() as session:
        [relation] = profile.profile_of_address(session, AWA, keyring=desk.keyring).subscriptions
    return [proof.act for proof in relation.proofs]


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

    due = _end(desk, reader, by)

    assert (due.kind if due else None) == mail
    assert _subscription(desk, reader).state is SubscriptionState.ENDED


def test_leaving_twice_is_leaving_once(desk: Desk) -> None:
    reader = desk.join()

    assert _end(desk, reader, EndedBy.PAGE) is not None
    assert _end(desk, reader, EndedBy.PAGE) is None
    assert _acts(desk) == ["requested", "confirmed", "ended"]
