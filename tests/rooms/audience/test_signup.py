"""Signing up: who gets which mail, how often, and what a stranger cannot do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service.audience import erase, profile, suppress, unsubscribe
from service.audience.address import EmailAddress, parse_address
from service.audience.lifecycle import SubscriptionState
from service.audience.mailbox_aliases import mailbox_of
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
    [relation] = found.relations
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

    [relation] = _standing(desk).relations
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
    with desk.begin() as session:
        unsubscribe.end_subscription(session, reader, by=EndedBy.PAGE, now=clock())
    clock.advance(minutes=6)

    token = desk.token_of(desk.sign_up(mask=0b010))

    assert _standing(desk).relations[0].state is SubscriptionState.PENDING
    assert desk.confirm(token)[0] == "confirmed"
    [relation] = _standing(desk).relations
    assert (relation.state, relation.section_mask) == (SubscriptionState.ACTIVE, 0b010)
    assert relation.ended_at is None


def test_who_leaves_at_once_may_come_back_at_once(desk: Desk, clock: FakeClock) -> None:
    reader = desk.join()
    with desk.begin() as session:
        unsubscribe.end_subscription(session, reader, by=EndedBy.PAGE, now=clock())
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


@pytest.mark.parametrize(
    ("key", "mailbox"),
    [
        ("a.w.a@gmail.com", "awa@gmail.com"),
        ("awa+news@gmail.com", "awa@gmail.com"),
        ("a.wa+x+y@googlemail.com", "awa@gmail.com"),
        ("awa+news@example.org", "awa@example.org"),
        ("a.wa@example.org", "a.wa@example.org"),
        ("a.wa+news@outlook.com", "a.wa@outlook.com"),
        ("awa-news@yahoo.fr", "awa@yahoo.fr"),
        ("awa-kone@orange.fr", "awa-kone@orange.fr"),
        ("a_w-a.x+y@pm.me", "awax@proton.me"),
        ("awa+x@me.com", "awa@icloud.com"),
        ("+news@example.org", "+news@example.org"),
        ("...@gmail.com", "...@gmail.com"),
    ],
)
def test_aliases_lead_to_one_mailbox(key: str, mailbox: str) -> None:
    assert mailbox_of(key) == mailbox


def test_aliases_of_a_mailbox_share_its_mails_of_a_day(desk: Desk, clock: FakeClock) -> None:
    def dotted(number: int) -> str:
        name = "awakone"
        return f"{name[:number]}.{name[number:]}+{number}@googlemail.com"

    first = [desk.sign_up(dotted(number)) for number in range(1, 6)]
    second = [desk.sign_up(f"awakone+{number}@gmail.com") for number in range(7)]
    other = desk.sign_up("awa.kone@example.org")
    clock.advance(days=1)
    next_day = desk.sign_up("awakone+9@gmail.com")

    sent = [due is not None for due in (*first, *second)]
    assert sent == [True] * 10 + [False] * 2
    assert other is not None
    assert next_day is not None


def test_of_aliases_that_come_at_once_no_more_get_a_mail(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: desk.sign_up(f"awa+{n}@gmail.com"), range(24)))

    assert sum(due is not None for due in found) == 10


def test_what_was_counted_is_forgotten_after_a_day(
    desk: Desk, begin: Begin, clock: FakeClock
) -> None:
    for number in range(5):
        desk.sign_up(f"reader{number}@example.org")
    clock.advance(days=1, seconds=1)
    desk.sign_up("awa@example.org")

    with begin() as session:
        assert session.execute(text("SELECT count(*) FROM mailbox_mails")).scalar_one() == 1
