"""One-time links work once, for a while, and looking at one changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.accounts import one_time_links, operators, passwords, sessions
from service.accounts.one_time_links import NewOperator
from service.accounts.roles import Role
from service.accounts.tables import Operator
from service.kit.db import Begin
from service.kit.errors import CrieurError, Forbidden, Invalid
from tests.conftest import FakeClock

AWA = NewOperator(name="Awa Koné", address="Awa@example.org", password="une phrase à moi")
HASH = passwords.hash_password(AWA.password)


def a_first_link(begin: Begin, clock: FakeClock) -> str:
    with begin() as session:
        secret = one_time_links.make_first_owner_link(session, clock.now)
    assert secret is not None
    return secret


def test_the_first_link_creates_the_owner(begin: Begin, clock: FakeClock) -> None:
    secret = a_first_link(begin, clock)

    with begin() as session:
        operator = one_time_links.redeem_link(
            session, secret, AWA, password_hash=HASH, now=clock.now
        )

    assert (operator.address, operator.role) == ("awa@example.org", "owner")
    with begin() as session:
        stored = session.get_one(Operator, operator.id).password_hash
    assert passwords.verify_password(stored, AWA.password).is_correct


def test_a_link_works_once(begin: Begin, clock: FakeClock) -> None:
    secret = a_first_link(begin, clock)
    with begin() as session:
        one_time_links.redeem_link(session, secret, AWA, password_hash=HASH, now=clock.now)

    with begin() as session, pytest.raises(Forbidden):
        one_time_links.redeem_link(session, secret, AWA, password_hash=HASH, now=clock.now)


def test_of_two_who_use_it_at_once_one_succeeds(begin: Begin, clock: FakeClock) -> None:
    secret = a_first_link(begin, clock)

    def use(name: str) -> str:
        newcomer = NewOperator(
            name=name, address=f"{name}@example.org", password="une phrase à moi"
        )
        try:
            with begin() as session:
                return one_time_links.redeem_link(
                    session, secret, newcomer, password_hash=HASH, now=clock.now
                ).name
        except CrieurError:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(use, ["awa", "yao", "kofi", "ama"]))

    assert results.count("refused") == 3
    with begin() as session:
        assert len(operators.list_operators(session)) == 1


def test_a_link_expires(begin: Begin, clock: FakeClock) -> None:
    secret = a_first_link(begin, clock)
    clock.advance(seconds=one_time_links.VALID_FOR.total_seconds())

    with begin() as session:
        assert one_time_links.find_open_link(session, secret, now=clock.now) is None
    with begin() as session, pytest.raises(Forbidden):
        one_time_links.redeem_link(session, secret, AWA, password_hash=HASH, now=clock.now)


def test_looking_does_not_use_it_up(begin: Begin, clock: FakeClock) -> None:
    secret = a_first_link(begin, clock)

    for _ in range(3):
        with begin() as session:
            assert one_time_links.find_open_link(session, secret, now=clock.now) is not None

    with begin() as session:
        assert (
            one_time_links.redeem_link(session, secret, AWA, password_hash=HASH, now=clock.now).name
            == "Awa Koné"
        )


def test_a_bad_password_leaves_the_link_usable(begin: Begin, clock: FakeClock) -> None:
    secret = a_first_link(begin, clock)
    short = NewOperator(name="Awa", address="awa@example.org", password="court")

    with pytest.raises(Invalid), begin() as session:
        one_time_links.redeem_link(session, secret, short, password_hash=HASH, now=clock.now)

    with begin() as session:
        assert one_time_links.find_open_link(session, secret, now=clock.now) is not None


def test_only_the_newest_first_link_works_and_none_is_made_for_a_second(
    begin: Begin, clock: FakeClock
) -> None:
    older, newer = a_first_link(begin, clock), a_first_link(begin, clock)

    with begin() as session:
        assert one_time_links.find_open_link(session, older, now=clock.now) is None
        one_time_links.redeem_link(session, newer, AWA, password_hash=HASH, now=clock.now)

    with begin() as session:
        assert one_time_links.make_first_owner_link(session, clock.now) is None


def test_an_open_first_link_dies_when_the_first_operator_came_another_way(
    begin: Begin, clock: FakeClock
) -> None:
    secret = a_first_link(begin, clock)
    with begin() as session:
        operators.add(
            session, address="yao@example.org", name="Yao", role=Role.OWNER, now=clock.now
        )

    with begin() as session:
        assert one_time_links.find_open_link(session, secret, now=clock.now) is None
    with pytest.raises(Forbidden), begin() as session:
        one_time_links.redeem_link(session, secret, AWA, password_hash=HASH, now=clock.now)


def test_a_password_link_sets_the_password_and_signs_every_browser_out(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        operator = operators.add(
            session, address="yao@example.org", name="Yao", role=Role.EDITOR, now=clock.now
        )
        cookie = sessions.open_session(session, operator.id, now=clock.now)
        secret = one_time_links.make_password_link(session, operator, now=clock.now)

    with begin() as session:
        stranger = NewOperator(name="X", address="x@example.org", password="une autre phrase")
        changed = one_time_links.redeem_link(
            session, secret, stranger, password_hash=HASH, now=clock.now + timedelta(hours=1)
        )

    assert (changed.name, changed.role) == ("Yao", "editor")
    with begin() as session:
        assert session.get_one(Operator, changed.id).password_hash == HASH
        assert sessions.find_session(session, cookie, now=clock.now) is None
