"""Sign-ins are limited, and tell nobody which addresses exist."""

import pytest
from argon2 import PasswordHasher

from service.accounts import login, operators, sessions
from service.accounts.login import Attempt, Opened, Refusal
from service.accounts.roles import Role
from service.accounts.tables import Operator
from service.kit.cache import Cache
from service.kit.db import Begin
from tests.conftest import FakeClock

PASSWORD = "une phrase à moi"


@pytest.fixture(autouse=True)
def operator(begin: Begin, clock: FakeClock) -> Operator:
    with begin() as session:
        return operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.OWNER,
            password=PASSWORD,
            now=clock.now,
        )


def attempt(
    address: str = "awa@example.org", password: str = PASSWORD, network: str = "203.0.113.7"
) -> Attempt:
    return Attempt(address=address, password=password, network=network)


def test_the_right_password_opens_a_session(begin: Begin, cache: Cache, clock: FakeClock) -> None:
    result = login.sign_in(begin, cache, attempt(address=" AWA@example.org "), now=clock.now)

    assert isinstance(result, Opened)
    with begin() as session:
        assert sessions.find(session, result.secret, now=clock.now) is not None


def test_unknown_address_and_wrong_password_get_the_same_answer(
    begin: Begin, cache: Cache, clock: FakeClock
) -> None:
    wrong = login.sign_in(begin, cache, attempt(password="pas la bonne"), now=clock.now)
    unknown = login.sign_in(begin, cache, attempt(address="qui@example.org"), now=clock.now)

    assert wrong == unknown == Refusal.WRONG


def test_one_address_may_be_tried_a_few_times_only(
    begin: Begin, cache: Cache, clock: FakeClock
) -> None:
    results = [
        login.sign_in(
            begin, cache, attempt(password="pas la bonne", network=f"203.0.113.{i}"), now=clock.now
        )
        for i in range(login.PER_ADDRESS + 1)
    ]

    assert results == [Refusal.WRONG] * login.PER_ADDRESS + [Refusal.TOO_OFTEN]
    right = login.sign_in(begin, cache, attempt(network="198.51.100.1"), now=clock.now)
    assert right is Refusal.TOO_OFTEN


def test_one_network_may_try_some_addresses_only(
    begin: Begin, cache: Cache, clock: FakeClock
) -> None:
    for number in range(login.PER_NETWORK):
        name = f"sign-in:network:{attempt().network}"
        assert cache.allow(name, limit=login.PER_NETWORK, per=login.WINDOW), number

    result = login.sign_in(begin, cache, attempt(), now=clock.now)

    assert result is Refusal.TOO_OFTEN


def test_a_disabled_operator_is_refused_like_a_stranger(
    begin: Begin, cache: Cache, clock: FakeClock, operator: Operator
) -> None:
    with begin() as session:
        session.get_one(Operator, operator.id).disabled_at = clock.now

    assert login.sign_in(begin, cache, attempt(), now=clock.now) is Refusal.WRONG


def test_an_outdated_hash_is_renewed(
    begin: Begin, cache: Cache, clock: FakeClock, operator: Operator
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with begin() as session:
        session.get_one(Operator, operator.id).password_hash = weak

    login.sign_in(begin, cache, attempt(), now=clock.now)

    with begin() as session:
        assert session.get_one(Operator, operator.id).password_hash != weak
