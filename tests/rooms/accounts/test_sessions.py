"""A signed-in browser is known by a hashed cookie that expires."""

from datetime import timedelta

from sqlalchemy import select

from service.accounts import operators, sessions
from service.accounts.operators import OperatorDetails
from service.accounts.roles import Role
from service.accounts.tables import Operator, OperatorSession
from service.kit.db import Begin
from tests.conftest import FakeClock


def an_operator(begin: Begin, clock: FakeClock) -> OperatorDetails:
    with begin() as session:
        return operators.add(
            session, address="Awa@Example.org", name="Awa", role=Role.OWNER, now=clock.now
        )


def test_a_cookie_finds_its_operator_and_is_not_stored(begin: Begin, clock: FakeClock) -> None:
    operator = an_operator(begin, clock)

    with begin() as session:
        secret = sessions.open_session(session, operator.id, now=clock.now)

    with begin() as session:
        found = sessions.find_session(session, secret, now=clock.now)
        stored = session.scalars(select(OperatorSession.secret_hash)).one()
    assert found is not None
    assert (found.name, found.address, found.role) == ("Awa", "awa@example.org", "owner")
    assert secret not in stored
    assert len(secret) >= 43


def test_an_unused_session_ends_and_a_used_one_goes_on(begin: Begin, clock: FakeClock) -> None:
    operator = an_operator(begin, clock)
    with begin() as session:
        used = sessions.open_session(session, operator.id, now=clock.now)
        unused = sessions.open_session(session, operator.id, now=clock.now)

    for _ in range(3):
        clock.advance(days=5)
        with begin() as session:
            assert sessions.find_session(session, used, now=clock.now) is not None

    with begin() as session:
        assert sessions.find_session(session, unused, now=clock.now) is None


def test_a_session_ends_however_busy_it_was(begin: Begin, clock: FakeClock) -> None:
    operator = an_operator(begin, clock)
    with begin() as session:
        secret = sessions.open_session(session, operator.id, now=clock.now)
    end = clock.now + sessions.MAX_SESSION_AGE

    while clock.now < end - timedelta(days=3):
        clock.advance(days=3)
        with begin() as session:
            assert sessions.find_session(session, secret, now=clock.now) is not None
    clock.now = end

    with begin() as session:
        assert sessions.find_session(session, secret, now=clock.now) is None


def test_closing_elsewhere_keeps_this_browser_only(begin: Begin, clock: FakeClock) -> None:
    operator = an_operator(begin, clock)
    with begin() as session:
        here = sessions.open_session(session, operator.id, now=clock.now)
        there = sessions.open_session(session, operator.id, now=clock.now)

    with begin() as session:
        assert sessions.close_all_sessions(session, operator.id, but=here) == 1

    with begin() as session:
        assert sessions.find_session(session, here, now=clock.now) is not None
        assert sessions.find_session(session, there, now=clock.now) is None


def test_a_disabled_operator_is_signed_out_at_once(begin: Begin, clock: FakeClock) -> None:
    operator = an_operator(begin, clock)
    with begin() as session:
        secret = sessions.open_session(session, operator.id, now=clock.now)

    with begin() as session:
        session.get_one(Operator, operator.id).disabled_at = clock.now

    with begin() as session:
        assert sessions.find_session(session, secret, now=clock.now) is None
