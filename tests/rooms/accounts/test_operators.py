"""Operators are shut out at once, and somebody can always let others in."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.accounts import api_keys, one_time_links, operators, sessions
from service.accounts.api_keys import ApiKeyScope
from service.accounts.operators import OperatorDetails
from service.accounts.roles import Role
from service.accounts.tables import Operator
from service.kit.db import Begin
from service.kit.errors import Conflict, NotFound
from tests.conftest import FakeClock


def add(begin: Begin, clock: FakeClock, name: str, role: Role) -> OperatorDetails:
    with begin() as session:
        return operators.add(
            session, address=f"{name}@example.org", name=name, role=role, now=clock.now
        )


def test_whoever_is_disabled_has_no_session_no_link_and_no_key(
    begin: Begin, clock: FakeClock
) -> None:
    add(begin, clock, "awa", Role.OWNER)
    yao = add(begin, clock, "yao", Role.OWNER)
    with begin() as session:
        cookie = sessions.open_session(session, yao.id, now=clock.now)
        link = one_time_links.make_password_link(session, yao, now=clock.now)
        own, other = (
            api_keys.create_key(
                session,
                name="site",
                scopes=[ApiKeyScope.EVENTS],
                now=clock.now,
                operator_id=operator_id,
            )
            for operator_id in (yao.id, None)
        )

    with begin() as session:
        ended = operators.disable(session, yao.id, now=clock.now)

    assert (ended.sessions, ended.keys) == (1, 1)
    with begin() as session:
        assert sessions.find_session(session, cookie, now=clock.now) is None
        assert one_time_links.find_open_link(session, link, now=clock.now) is None
        assert api_keys.verify_key(session, own, ApiKeyScope.EVENTS) is None
        assert api_keys.verify_key(session, other, ApiKeyScope.EVENTS) is not None
        disabled = operators.find_by_address(session, yao.address)
        with pytest.raises(Conflict):
            one_time_links.make_password_link(session, disabled, now=clock.now)
        with pytest.raises(NotFound):
            operators.disable(session, yao.id, now=clock.now)


def test_whoever_is_enabled_again_may_sign_in_and_nothing_else_comes_back(
    begin: Begin, clock: FakeClock
) -> None:
    add(begin, clock, "awa", Role.OWNER)
    yao = add(begin, clock, "yao", Role.EDITOR)
    with begin() as session:
        cookie = sessions.open_session(session, yao.id, now=clock.now)
        operators.disable(session, yao.id, now=clock.now)

    with begin() as session:
        operators.enable(session, yao.id)

    with begin() as session:
        assert session.get_one(Operator, yao.id).disabled_at is None
        assert sessions.find_session(session, cookie, now=clock.now) is None
        with pytest.raises(NotFound):
            operators.enable(session, yao.id)


def test_the_last_owner_cannot_be_disabled_however_many_try_at_once(
    begin: Begin, clock: FakeClock
) -> None:
    owners = [add(begin, clock, name, Role.OWNER) for name in ("awa", "yao", "ama", "kofi")]

    def disable(operator_id: int) -> bool:
        try:
            with begin() as session:
                operators.disable(session, operator_id, now=clock.now)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(disable, [each.id for each in owners]))

    assert sorted(done) == [False, True, True, True]
    with begin() as session:
        assert operators.count_owners(session) == 1
