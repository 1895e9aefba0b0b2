"""Sign-ins are limited, and tell nobody which addresses exist."""

from hashlib import sha256

import pytest
from argon2 import PasswordHasher

from service.accounts import login, operators, passwords, sessions
from service.accounts.login import OpenedSession, SignInAttempt, SignInRefusal
from service.accounts.operators import OperatorDetails
from service.accounts.roles import Role
from service.accounts.tables import Operator
from service.kit.db import Begin
from service.kit.redis_store import RedisStore
from tests.conftest import FakeClock

PASSWORD = "une phrase à moi"


@pytest.fixture(autouse=True)
def operator(begin: Begin, clock: FakeClock) -> OperatorDetails:
    with begin() as session:
        return operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.OWNER,
            password_hash=passwords.hash_password(PASSWORD),
            now=clock.now,
        )


def attempt(
    address: str = "awa@example.org",
    password: str = PASSWORD,
    network: str = "203.0.113.0/24",
    device: str | None = None,
) -> SignInAttempt:
    return SignInAttempt(address=address, password=password, network=network, browser_id=device)


def test_the_right_password_opens_a_session(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    result = login.sign_in(begin, cache, attempt(address=" AWA@example.org "), now=clock.now)

    assert isinstance(result, OpenedSession)
    with begin() as session:
        assert sessions.find_session(session, result.secret, now=clock.now) is not None


def test_unknown_address_and_wrong_password_get_the_same_answer(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    wrong = login.sign_in(begin, cache, attempt(password="pas la bonne"), now=clock.now)
    unknown = login.sign_in(begin, cache, attempt(address="qui@example.org"), now=clock.now)

    assert wrong == unknown == SignInRefusal.WRONG


def test_one_network_may_try_one_address_a_few_times_only(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    wrong = attempt(password="pas la bonne")
    results = [
        login.sign_in(begin, cache, wrong, now=clock.now) for _ in range(login.PER_BROWSER + 1)
    ]

    assert results == [SignInRefusal.WRONG] * login.PER_BROWSER + [SignInRefusal.TOO_OFTEN]
    here = login.sign_in(begin, cache, attempt(), now=clock.now)
    elsewhere = login.sign_in(begin, cache, attempt(network="198.51.100.0/24"), now=clock.now)
    assert here is SignInRefusal.TOO_OFTEN
    assert isinstance(elsewhere, OpenedSession)


def _use_up(cache: RedisStore, key: str, limit: int) -> None:
    for number in range(limit):
        assert cache.allow(key, limit=limit, per=login.WINDOW), number


def test_one_network_may_try_some_addresses_only(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    _use_up(cache, f"sign-in:network:{attempt().network}", login.PER_NETWORK)

    assert login.sign_in(begin, cache, attempt(), now=clock.now) is SignInRefusal.TOO_OFTEN


def test_all_networks_together_may_try_one_address_some_times_only(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    name = sha256(b"awa@example.org").hexdigest()[:32]
    _use_up(cache, f"sign-in:operator:{name}", login.PER_OPERATOR)

    assert login.sign_in(begin, cache, attempt(), now=clock.now) is SignInRefusal.TOO_OFTEN
    known = login.sign_in(begin, cache, attempt(device="07"), now=clock.now)
    assert isinstance(known, OpenedSession)


def test_one_network_alone_locks_nobody_out_elsewhere(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    wrong = attempt(password="pas la bonne")

    tries = [
        login.sign_in(begin, cache, wrong, now=clock.now)
        for _ in range(login.PER_OPERATOR + login.PER_NETWORK)
    ]

    assert tries[-1] is SignInRefusal.TOO_OFTEN
    elsewhere = login.sign_in(begin, cache, attempt(network="198.51.100.0/24"), now=clock.now)
    assert isinstance(elsewhere, OpenedSession)


def test_a_network_that_was_refused_may_still_try_what_it_had_left(
    begin: Begin, cache: RedisStore, clock: FakeClock
) -> None:
    for _ in range(login.PER_NETWORK):
        login.sign_in(begin, cache, attempt(password="pas la bonne"), now=clock.now)

    other = login.sign_in(begin, cache, attempt(address="yao@example.org"), now=clock.now)

    assert other is SignInRefusal.WRONG


def test_right_passwords_do_not_count(begin: Begin, cache: RedisStore, clock: FakeClock) -> None:
    results = [
        login.sign_in(begin, cache, attempt(device=device), now=clock.now)
        for _ in range(login.PER_BROWSER + 2)
        for device in (None, "07")
    ]

    assert all(isinstance(result, OpenedSession) for result in results)


def test_a_disabled_operator_is_refused_like_a_stranger(
    begin: Begin, cache: RedisStore, clock: FakeClock, operator: OperatorDetails
) -> None:
    with begin() as session:
        session.get_one(Operator, operator.id).disabled_at = clock.now

    assert login.sign_in(begin, cache, attempt(), now=clock.now) is SignInRefusal.WRONG


def test_an_outdated_hash_is_renewed(
    begin: Begin, cache: RedisStore, clock: FakeClock, operator: OperatorDetails
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with begin() as session:
        session.get_one(Operator, operator.id).password_hash = weak

    login.sign_in(begin, cache, attempt(), now=clock.now)

    with begin() as session:
        assert session.get_one(Operator, operator.id).password_hash != weak
