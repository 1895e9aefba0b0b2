"""A challenge is solved by work, in time, once, and only if it is ours."""

import json
from datetime import timedelta

import pytest
from altcha import Challenge, Payload, solve_challenge

from service.kit.redis_store import RedisStore
from service.kit.tokens import Keyring
from service.web.proof_of_work import VALID_FOR, is_solved, make_challenge
from tests.conftest import FakeClock

OTHERS = Keyring(["another secret of at least thirty-two characters"])


def solve(challenge: str) -> str:
    parsed = Challenge.from_dict(json.loads(challenge))
    solution = solve_challenge(parsed)
    assert solution is not None
    return Payload(parsed, solution).to_base64()


def test_a_solution_is_taken_once(keyring: Keyring, cache: RedisStore, clock: FakeClock) -> None:
    payload = solve(make_challenge(keyring, now=clock()))

    first = is_solved(keyring, cache, payload, now=clock())
    again = is_solved(keyring, cache, payload, now=clock())

    assert (first, again) == (True, False)


def test_a_solution_is_taken_until_its_last_second(
    keyring: Keyring, cache: RedisStore, clock: FakeClock
) -> None:
    begin = clock()
    late, in_time = (solve(make_challenge(keyring, now=begin)) for _ in range(2))

    assert not is_solved(keyring, cache, late, now=begin + VALID_FOR + timedelta(seconds=1))
    assert is_solved(keyring, cache, in_time, now=begin + VALID_FOR - timedelta(seconds=1))


def test_a_challenge_of_another_installation_is_none_of_ours(
    keyring: Keyring, cache: RedisStore, clock: FakeClock
) -> None:
    payload = solve(make_challenge(OTHERS, now=clock()))

    assert not is_solved(keyring, cache, payload, now=clock())
    assert is_solved(OTHERS, cache, payload, now=clock())


@pytest.mark.parametrize("payload", ["", "x", "e30=", "bm9uc2Vuc2U=", "a" * 4_001])
def test_what_is_no_payload_solves_nothing(
    keyring: Keyring, cache: RedisStore, clock: FakeClock, payload: str
) -> None:
    assert not is_solved(keyring, cache, payload, now=clock())


def test_a_challenge_tells_nothing_of_its_solution(keyring: Keyring, clock: FakeClock) -> None:
    first, second = (json.loads(make_challenge(keyring, now=clock())) for _ in range(2))

    assert first["parameters"].keys() == second["parameters"].keys()
    assert first["signature"] != second["signature"]
    assert "counter" not in first["parameters"]
