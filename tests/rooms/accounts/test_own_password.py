"""An operator changes their own password."""

import pytest

from service.accounts import operators, own_password, passwords
from service.accounts.login import PER_BROWSER
from service.accounts.own_password import Change, Refusal
from service.accounts.roles import Role
from service.accounts.sessions import SignedIn
from service.kit.cache import Cache
from service.kit.db import Begin
from tests.conftest import FakeClock

PASSWORD = "une phrase à moi"
NEW = "encore une phrase"


@pytest.fixture
def me(begin: Begin, clock: FakeClock) -> SignedIn:
    with begin() as session:
        awa = operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.VIEWER,
            password_hash=passwords.make_hash(PASSWORD),
            now=clock.now,
        )
    return SignedIn(operator_id=awa.id, name="Awa", address=awa.address, role="viewer", locale="fr")


def test_only_wrong_passwords_count(begin: Begin, cache: Cache, me: SignedIn) -> None:
    for _ in range(PER_BROWSER + 1):
        assert isinstance(own_password.prepare(begin, cache, me, old=PASSWORD, new=NEW), Change)
    wrong = [own_password.prepare(begin, cache, me, old="non", new=NEW) for _ in range(PER_BROWSER)]

    assert set(wrong) == {Refusal.OLD}
    assert own_password.prepare(begin, cache, me, old=PASSWORD, new=NEW) is Refusal.TOO_OFTEN


def test_of_two_changes_at_once_the_first_holds(begin: Begin, cache: Cache, me: SignedIn) -> None:
    first, second = (own_password.prepare(begin, cache, me, old=PASSWORD, new=NEW) for _ in "ab")
    assert isinstance(first, Change)
    assert isinstance(second, Change)

    with begin() as session:
        assert own_password.make(session, first)
        assert not own_password.make(session, second)
