"""API keys are shown once and good for their scopes only."""

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.accounts.keys import Scope
from service.accounts.tables import ApiKey
from service.kit.db import Begin
from service.kit.errors import Invalid, NotFound
from tests.conftest import FakeClock


def test_a_key_is_good_for_its_scope_and_stored_as_a_hash(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        secret = keys.create(session, name="WordPress", scopes=[Scope.EVENTS], now=clock.now)

    with begin() as session:
        assert keys.verify(session, secret, Scope.EVENTS) is not None
        assert keys.verify(session, secret, "readers:write") is None
        assert keys.verify(session, secret + "x", Scope.EVENTS) is None
        assert secret not in session.scalars(select(ApiKey.secret_hash)).one()


def test_a_revoked_key_opens_nothing(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        secret = keys.create(session, name="WordPress", scopes=[Scope.EVENTS], now=clock.now)
        key = keys.all_of_them(session)[0]

    with begin() as session:
        keys.revoke(session, key.id, now=clock.now)

    with begin() as session:
        assert keys.verify(session, secret, Scope.EVENTS) is None
        with pytest.raises(NotFound):
            keys.revoke(session, key.id, now=clock.now)


def test_a_key_needs_a_name(begin: Begin, clock: FakeClock) -> None:
    with begin() as session, pytest.raises(Invalid):
        keys.create(session, name="  ", scopes=[Scope.EVENTS], now=clock.now)
