"""Preferences and every way out."""

import pytest

from service.audience import (
    add_with_consent,
    count_subscribers,
    erase,
    preferences,
    profile,
    reader_list,
    suppress,
    unsubscribe,
)
from service.audience.address import parse_address
from service.audience.consent import UNKNOWN_ORIGIN
from service.audience.lifecycle import SubscriptionState
from service.audience.pending_notice import PendingNotice
from service.audience.preferences import ReaderPreferences
from service.audience.reader_token import ReaderToken
from service.audience.unsubscribe import EndedBy
from service.kit.errors import Conflict, NotFound
from service.kit.tokens import Keyring
from tests.conftest import SECRET, FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def _show(desk: Desk, reader: ReaderToken) -> ReaderPreferences:
    with desk.begin() as session:
        return preferences.get_preferences(session, reader)


def _end(desk: Desk, reader: ReaderToken, by: EndedBy) -> PendingNotice | None:
    with desk.begin() as session:
        return unsubscribe.end_subscription(session, reader, by=by, now=desk.clock())


def _acts(desk: Desk) -> list[str]:
    with desk.begin() as session:
        [relation] = profile.profile_of_address(session, AWA, keyring=desk.keyring).relations
    return [proof.act for proof in relation.proofs]


def _choose(desk: Desk, reader: ReaderToken, mask: int | None) -> None:
    with desk.begin() as session:
        preferences.choose_sections(
            session, reader, section_mask=mask, now=desk.clock(), origin=UNKNOWN_ORIGIN
        )


def test_a_reader_chooses_sections_and_the_change_is_proven_once(desk: Desk) -> None:
    reader = desk.join()

    _choose(desk, reader, 0b011)
    _choose(desk, reader, 0b011)

    assert _show(desk, reader).section_mask == 0b011
    assert _acts(desk) == ["requested", "confirmed", "changed"]


def test_choosing_nothing_is_refused_and_changes_nothing(desk: Desk) -> None:
    reader = desk.join(mask=0b001)

    with pytest.raises(Conflict, match="unsubscribe"):
        _choose(desk, reader, 0)

    assert _show(desk, reader).section_mask == 0b001


def test_who_has_left_cannot_choose(desk: Desk) -> None:
    reader = desk.join()
    _end(desk, reader, EndedBy.PAGE)

    with pytest.raises(Conflict, match="sign up again"):
        _choose(desk, reader, 1)


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
    assert _show(desk, reader).state is SubscriptionState.ENDED


def test_leaving_twice_is_leaving_once(desk: Desk) -> None:
    reader = desk.join()

    assert _end(desk, reader, EndedBy.PAGE) is not None
    assert _end(desk, reader, EndedBy.PAGE) is None
    assert _acts(desk) == ["requested", "confirmed", "ended"]


def test_a_suppression_is_found_under_a_rotated_secret_and_kept_once(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    reader = desk.join()
    rotated = Keyring(["another secret of thirty-two chars", SECRET])
    with desk.begin() as session:
        first = suppress.suppress(
            session,
            subscriber_id=reader.subscriber_id,
            reason="hard_bounce",
            evidence="550 5.1.1",
            now=clock(),
            keyring=keyring,
        )
        second = suppress.suppress(
            session, address=AWA, reason="complaint", now=clock(), keyring=rotated
        )

    with desk.begin() as session:
        found = suppress.find_suppression(session, AWA, keyring=rotated)
        listed = suppress.list_suppressions(session)

    assert (first, second) == (True, False)
    assert found is not None
    assert (found.reason, found.evidence) == ("hard_bounce", "550 5.1.1")
    assert [(each.address, each.reason) for each in listed] == [("awa@example.org", "hard_bounce")]
    assert _show(desk, reader).is_suppressed


def test_lifting_a_suppression_lets_mail_pass_again(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        suppress.suppress(session, address=AWA, reason="operator", now=clock(), keyring=keyring)
    with desk.begin() as session:
        suppress.lift(session, AWA, keyring=keyring)

    with desk.begin() as session, pytest.raises(NotFound):
        suppress.lift(session, AWA, keyring=keyring)
    assert desk.sign_up() is not None


def test_suppressions_are_listed_in_pages_without_gap_or_repetition(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        for number in range(5):
            suppress.suppress(
                session,
                address=parse_address(f"a{number}@example.org"),
                reason="operator",
                # Several at one instant: the page must not end between them and skip some.
                now=clock() if number < 3 else clock.advance(seconds=1),
                keyring=keyring,
            )

    seen, before = [], None
    with desk.begin() as session:
        while page := suppress.list_suppressions(session, before=before, size=2):
            seen += [each.key for each in page]
            before = (page[-1].since, page[-1].key)

    assert len(seen) == len(set(seen)) == 5


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
    assert [each.state for each in found.relations] == [SubscriptionState.ENDED]
    assert {proof.network for each in found.relations for proof in each.proofs} == {None}
    with pytest.raises(NotFound):
        _show(desk, reader)


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

    assert _show(desk, reader).state is SubscriptionState.ACTIVE
    assert _acts(desk) == ["imported"]


def test_readers_are_counted_by_state_and_section(desk: Desk) -> None:
    desk.join("a@example.org")
    desk.join("b@example.org", mask=0b001)
    desk.join("c@example.org", mask=0b110)
    desk.sign_up("d@example.org")
    _end(desk, desk.join("e@example.org"), EndedBy.PAGE)

    with desk.begin() as session:
        heads = count_subscribers.count_now(session).of(desk.newsletter.id)

    assert heads.states == {
        SubscriptionState.ACTIVE: 3,
        SubscriptionState.PENDING: 1,
        SubscriptionState.ENDED: 1,
    }
    assert [heads.choosing(bit) for bit in (0, 1, 2)] == [2, 2, 2]


def test_readers_are_listed_in_pages_and_found_by_a_part_of_the_address(desk: Desk) -> None:
    for name in ("awa", "kofi", "aminata", "yao", "a_b"):
        desk.sign_up(f"{name}@example.org")

    with desk.begin() as session:
        first = reader_list.list_readers(session, newsletter_id=desk.newsletter.id, size=3)
        rest = reader_list.list_readers(
            session, newsletter_id=desk.newsletter.id, size=3, after=first.after
        )
        found = reader_list.list_readers(session, search="A_")
        active = reader_list.list_readers(session, state=SubscriptionState.ACTIVE)

    assert [each.address for each in (*first.rows, *rest.rows)] == [
        f"{name}@example.org" for name in ("a_b", "yao", "aminata", "kofi", "awa")
    ]
    assert rest.after is None
    assert [each.address for each in found.rows] == ["a_b@example.org"]
    assert active.rows == []
