"""API keys are shown once and good for their scopes only."""

import pytest
from sqlalchemy import select

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.accounts.tables import ApiKey
from service.kit.db import Begin
from service.kit.errors import Invalid, NotFound
from tests.conftest import FakeClock


def test_a_key_is_good_for_its_scope_and_stored_as_a_hash(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        secret = api_keys.create_key(
            session, name="WordPress", scopes=[ApiKeyScope.EVENTS], now=clock.now
        )

    with begin() as session:
        assert api_keys.verify_key(session, secret, ApiKeyScope.EVENTS) is not None
        assert api_keys.verify_key(session, secret, "readers:write") is None
        assert api_keys.verify_key(session, secret + "x", ApiKeyScope.EVENTS) is None
        assert secret not in session.scalars(select(ApiKey.secret_hash)).one()


def test_a_revoked_key_opens_nothing(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        secret = api_keys.create_key(
            session, name="WordPress", scopes=[ApiKeyScope.EVENTS], now=clock.now
        )
        key = api_keys.list_keys(session)[0]

    with begin() as session:
        api_keys.revoke_key(session, key.id, now=clock.now)

    with begin() as session:
        assert api_keys.verify_key(session, secret, ApiKeyScope.EVENTS) is None
        with pytest.raises(NotFound):
            api_keys.revoke_key(session, key.id, now=clock.now)


def test_a_key_needs_a_name(begin: Begin, clock: FakeClock) -> None:
    with begin() as session, pytest.raises(Invalid):
        api_keys.create_key(session, name="  ", scopes=[ApiKeyScope.EVENTS], now=clock.now)
