"""An operator changes their own password."""

import pytest

from service.accounts import operators, password_change, passwords
from service.accounts.login import PER_BROWSER
from service.accounts.password_change import PasswordChange, PasswordRefusal
from service.accounts.roles import Role
from service.accounts.sessions import SignedInOperator
from service.kit.db import Begin
from service.kit.redis_store import RedisStore
from tests.conftest import FakeClock

PASSWORD = "une phrase à moi"
NEW = "encore une phrase"


@pytest.fixture
def me(begin: Begin, clock: FakeClock) -> SignedInOperator:
    with begin() as session:
        awa = operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.VIEWER,
            password_hash=passwords.hash_password(PASSWORD),
            now=clock.now,
        )
    return SignedInOperator(
        operator_id=awa.id, name="Awa", address=awa.address, role="viewer", locale="fr"
    )


def test_only_wrong_passwords_count(begin: Begin, cache: RedisStore, me: SignedInOperator) -> None:
    for _ in range(PER_BROWSER + 1):
        assert isinstance(
            password_change.prepare_change(begin, cache, me, old=PASSWORD, new=NEW), PasswordChange
        )
    wrong = [
        password_change.prepare_change(begin, cache, me, old="non", new=NEW)
        for _ in range(PER_BROWSER)
    ]

    assert set(wrong) == {PasswordRefusal.OLD}
    assert (
        password_change.prepare_change(begin, cache, me, old=PASSWORD, new=NEW)
        is PasswordRefusal.TOO_OFTEN
    )


def test_of_two_changes_at_once_the_first_holds(
    begin: Begin, cache: RedisStore, me: SignedInOperator
) -> None:
    first, second = (
        password_change.prepare_change(begin, cache, me, old=PASSWORD, new=NEW) for _ in "ab"
    )
    assert isinstance(first, PasswordChange)
    assert isinstance(second, PasswordChange)

    with begin() as session:
        assert password_change.apply_change(session, first)
        assert not password_change.apply_change(session, second)
