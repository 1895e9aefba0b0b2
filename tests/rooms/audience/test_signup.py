"""Signing up: who gets which mail, how often, and what a stranger cannot do."""

from service.audience import erase, profile, suppress
from service.audience.address import EmailAddress, parse_address
from service.audience.lifecycle import SubscriptionState
from service.audience.profile import ReaderProfile
from service.audience.unsubscribe import EndedBy
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def _standing(desk: Desk, address: EmailAddress = AWA) -> ReaderProfile:
    with desk.begin() as session:
        return profile.profile_of_address(session, address, keyring=desk.keyring)


def test_a_new_reader_is_pending_with_a_proof_and_is_asked_to_confirm(desk: Desk) -> None:
    due = desk.sign_up("Awa@Example.org", mask=0b101)

    found = _standing(desk)
    [relation] = found.subscriptions
    [proof] = relation.proofs
    assert due is not None
    assert due.kind == "confirm"
    assert due.facts["section_mask"] == 0b101
    assert (relation.state, relation.section_mask) == (SubscriptionState.PENDING, 0b101)
    assert (proof.act, proof.words, proof.network) == (
        "requested",
        "D’accord [Oui]",
        "203.0.113.0/24",
    )
    assert found.address == "Awa@example.org"


def test_two_spellings_of_a_mailbox_are_one_reader(desk: Desk, clock: FakeClock) -> None:
    first = desk.sign_up("Awa@example.org")
    clock.advance(minutes=6)

    second = desk.sign_up("awa@EXAMPLE.org")

    assert first is not None
    assert second is not None
    assert first.subscriber_id == second.subscriber_id


def test_a_second_request_within_five_minutes_sends_nothing_and_keeps_the_link(
    desk: Desk, clock: FakeClock
) -> None:
    token = desk.token_of(desk.sign_up())
    clock.advance(minutes=4, seconds=59)

    again = desk.sign_up()

    assert again is None
    assert desk.confirm(token)[0] == "confirmed"


def test_a_later_request_makes_a_new_link_and_the_older_one_opens_nothing(
    desk: Desk, clock: FakeClock
) -> None:
    old = desk.token_of(desk.sign_up())
    clock.advance(minutes=5)

    new = desk.token_of(desk.sign_up())

    assert desk.confirm(old)[0] == "replaced"
    assert desk.confirm(new)[0] == "confirmed"


def test_a_stranger_can_make_five_mails_arrive_in_a_spell_and_a_day_of_rest_ends_it(
    desk: Desk, clock: FakeClock
) -> None:
    sent = 0
    for _ in range(20):
        sent += desk.sign_up() is not None
        clock.advance(minutes=10)

    clock.advance(days=1)

    assert sent == 5
    assert desk.sign_up() is not None


def test_a_mailbox_gets_at_most_ten_confirmation_mails_over_all_newsletters(
    begin: Begin, desk: Desk, clock: FakeClock
) -> None:
    with begin() as session:
        others = [
            a_newsletter(session, now=clock(), slug=f"lettre-{number}").id for number in range(12)
        ]

    sent = sum(desk.sign_up(newsletter_id=each) is not None for each in others)

    assert sent == 10


def test_a_reader_may_sign_up_for_two_newsletters_in_a_row(
    begin: Begin, desk: Desk, clock: FakeClock
) -> None:
    with begin() as session:
        other = a_newsletter(session, now=clock(), slug="le-soir").id

    assert desk.sign_up() is not None
    assert desk.sign_up(newsletter_id=other) is not None


def test_a_stranger_changes_nothing_for_an_active_reader(desk: Desk, clock: FakeClock) -> None:
    desk.join(mask=0b001)
    clock.advance(minutes=6)

    due = desk.sign_up(mask=0b110)

    [relation] = _standing(desk).subscriptions
    assert due is not None
    assert (due.kind, due.facts["again"]) == ("welcome", 1)
    assert (relation.state, relation.section_mask) == (SubscriptionState.ACTIVE, 0b001)
    assert [proof.act for proof in relation.proofs] == ["requested", "confirmed"]


def test_reminders_of_an_active_reader_are_limited_like_confirmations(
    desk: Desk, clock: FakeClock
) -> None:
    desk.join()
    clock.advance(minutes=6)
    desk.sign_up()
    clock.advance(minutes=1)

    assert desk.sign_up() is None


def test_who_left_may_come_back_by_confirming_again(desk: Desk, clock: FakeClock) -> None:
    reader = desk.join(mask=0b001)
    desk.end(reader, by=EndedBy.PAGE)
    clock.advance(minutes=6)

    token = desk.token_of(desk.sign_up(mask=0b010))

    assert _standing(desk).subscriptions[0].state is SubscriptionState.PENDING
    assert desk.confirm(token)[0] == "confirmed"
    [relation] = _standing(desk).subscriptions
    assert (relation.state, relation.section_mask) == (SubscriptionState.ACTIVE, 0b010)
    assert relation.ended_at is None


def test_who_leaves_at_once_may_come_back_at_once(desk: Desk, clock: FakeClock) -> None:
    reader = desk.join()
    desk.end(reader, by=EndedBy.PAGE)
    clock.advance(seconds=20)

    came_back = desk.sign_up()
    too_soon = desk.sign_up()

    assert desk.confirm(desk.token_of(came_back))[0] == "confirmed"
    assert too_soon is None


def test_a_suppressed_address_gets_nothing_and_leaves_no_trace(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        suppress.suppress(session, address=AWA, reason="complaint", now=clock(), keyring=keyring)

    assert desk.sign_up() is None
    with desk.begin() as session:
        assert suppress.is_suppressed(session, AWA, keyring=keyring)


def test_an_erased_reader_may_come_back_and_confirming_ends_the_suppression(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    desk.join()
    with desk.begin() as session:
        erase.erase(session, AWA, now=clock(), keyring=keyring)
    clock.advance(days=1)

    token = desk.token_of(desk.sign_up())

    with desk.begin() as session:
        assert suppress.is_suppressed(session, AWA, keyring=keyring)
    assert desk.confirm(token)[0] == "confirmed"
    with desk.begin() as session:
        assert not suppress.is_suppressed(session, AWA, keyring=keyring)
