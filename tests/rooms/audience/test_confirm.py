"""The confirmation link: once, in time, the newest, and never a way back in."""

from dataclasses import replace

from service.audience import confirm, profile
from service.audience.address import parse_address
from service.audience.confirm import ConfirmationStatus
from service.audience.confirm_token import ConfirmToken
from service.audience.lifecycle import SubscriptionState
from service.audience.profile import SubscriptionProfile
from service.audience.reader_token import ReaderToken
from service.audience.unsubscribe import EndedBy
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import VALID_FOR, Desk

AWA = parse_address("awa@example.org")


def _look(desk: Desk, token: ConfirmToken) -> ConfirmationStatus:
    with desk.begin() as session:
        return confirm.confirmation_status(session, token, now=desk.clock())


def _relation(desk: Desk) -> SubscriptionProfile:
    with desk.begin() as session:
        return profile.profile_of_address(session, AWA, keyring=desk.keyring).subscriptions[0]


def test_confirming_makes_the_subscription_active_with_a_proof_and_a_welcome(desk: Desk) -> None:
    token = desk.token_of(desk.sign_up(mask=0b10))

    answer, due = desk.confirm(token)

    relation = _relation(desk)
    assert answer is ConfirmationStatus.CONFIRMED
    assert due is not None
    assert (due.kind, due.facts) == (
        "welcome",
        {"section_mask": 0b10, "frequency": "each"},
    )
    assert relation.state is SubscriptionState.ACTIVE
    assert relation.confirmed_at == desk.clock()
    assert [(proof.act, proof.network) for proof in relation.proofs][1] == (
        "confirmed",
        "2001:db8:1::/48",
    )


def test_looking_changes_nothing(desk: Desk) -> None:
    token = desk.token_of(desk.sign_up())

    assert _look(desk, token) is ConfirmationStatus.READY
    assert _look(desk, token) is ConfirmationStatus.READY
    assert _relation(desk).state is SubscriptionState.PENDING


def test_confirming_twice_welcomes_once(desk: Desk) -> None:
    token = desk.token_of(desk.sign_up())
    desk.confirm(token)

    answer, due = desk.confirm(token)

    assert (answer, due) == (ConfirmationStatus.ALREADY, None)
    assert len(_relation(desk).proofs) == 2


def test_an_expired_link_confirms_nothing_and_can_ask_for_a_new_one(
    desk: Desk, clock: FakeClock
) -> None:
    token = desk.token_of(desk.sign_up())
    clock.advance(days=3)

    answer, due = desk.confirm(token)
    with desk.begin() as session:
        new = desk.token_of(
            confirm.resend_confirmation(session, token, now=clock(), valid_for=VALID_FOR)
        )

    assert (answer, due) == (ConfirmationStatus.EXPIRED, None)
    assert desk.confirm(new)[0] is ConfirmationStatus.CONFIRMED


def test_asking_for_new_links_is_limited(desk: Desk, clock: FakeClock) -> None:
    token = desk.token_of(desk.sign_up())
    clock.advance(days=3)

    with desk.begin() as session:
        confirm.resend_confirmation(session, token, now=clock(), valid_for=VALID_FOR)
    with desk.begin() as session:
        again = confirm.resend_confirmation(session, token, now=clock(), valid_for=VALID_FOR)

    assert again is None


def test_a_link_that_has_not_expired_asks_for_no_new_one(desk: Desk) -> None:
    token = desk.token_of(desk.sign_up())

    with desk.begin() as session:
        assert (
            confirm.resend_confirmation(session, token, now=desk.clock(), valid_for=VALID_FOR)
            is None
        )


def test_an_old_link_does_not_bring_back_who_left(desk: Desk, clock: FakeClock) -> None:
    token = desk.token_of(desk.sign_up())
    desk.confirm(token)
    reader = ReaderToken(
        newsletter_id=token.newsletter_id, edition_id=0, subscriber_id=token.subscriber_id
    )
    desk.end(reader, by=EndedBy.ONE_CLICK)

    assert desk.confirm(token) == (ConfirmationStatus.ENDED, None)
    assert _relation(desk).state is SubscriptionState.ENDED


def test_a_link_for_nobody_is_unknown(desk: Desk) -> None:
    token = desk.token_of(desk.sign_up())

    answer = desk.confirm(replace(token, subscriber_id=token.subscriber_id + 1))

    assert answer == (ConfirmationStatus.UNKNOWN, None)
