"""The Redis door: limits, scripts, and what happens when nobody is behind it."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from service.kit import local_counter
from service.kit.local_counter import LocalCounter
from service.kit.redis_store import RETRY_AFTER, RedisScript, RedisStore, RedisUnavailable
from tests.fakes.valkey import OwnValkey

TRIES = 3
ECHO = RedisScript("return ARGV[1]")
WRITE = RedisScript("redis.call('SET', KEYS[1], ARGV[1]) return 'done'")


@pytest.fixture
def valkey() -> Iterator[OwnValkey]:
    with OwnValkey() as running:
        yield running


@pytest.fixture
def own(valkey: OwnValkey) -> Iterator[RedisStore]:
    """With patience: a busy machine's pause is not the server's absence."""
    cache = RedisStore(valkey.url, script_timeout=60)
    yield cache
    cache.close()


@pytest.fixture
def hasty(valkey: OwnValkey) -> Iterator[RedisStore]:
    cache = RedisStore(valkey.url)
    yield cache
    cache.close()


def test_a_limit_lets_so_many_pass_and_no_more(cache: RedisStore) -> None:
    allowed = [cache.allow("door", limit=3, per=timedelta(minutes=1)) for _ in range(5)]

    assert allowed == [True, True, True, False, False]


def test_limits_of_different_names_do_not_meet(cache: RedisStore) -> None:
    cache.allow("one", limit=1, per=timedelta(minutes=1))

    assert cache.allow("two", limit=1, per=timedelta(minutes=1))


def test_a_script_answers_whether_the_server_knows_it_already_or_not(own: RedisStore) -> None:
    first, second = (own.run_script(ECHO, keys=[], args=["hello"]) for _ in range(2))

    assert first == second == b"hello"


def test_a_server_that_was_restarted_takes_a_script_at_the_first_try(
    valkey: OwnValkey, own: RedisStore
) -> None:
    own.run_script(ECHO, keys=[], args=["before"])
    valkey.stop()
    valkey.start()

    assert own.run_script(ECHO, keys=[], args=["after"]) == b"after"


def test_a_server_that_is_gone_is_said_to_be_away(valkey: OwnValkey, own: RedisStore) -> None:
    valkey.stop()

    with pytest.raises(RedisUnavailable):
        own.run_script(ECHO, keys=[], args=["x"])


def test_a_server_that_is_silent_costs_two_seconds_at_most(
    valkey: OwnValkey, hasty: RedisStore
) -> None:
    valkey.freeze()
    took: list[float] = []

    # A busy machine may be late with one.
    while not took or (took[-1] >= 2 and len(took) < TRIES):
        began = time.monotonic()
        with pytest.raises(RedisUnavailable):
            hasty.run_script(ECHO, keys=[], args=["x"])
        took.append(time.monotonic() - began)

    assert took[-1] < 2


def test_a_server_without_memory_is_as_good_as_away(valkey: OwnValkey, own: RedisStore) -> None:
    valkey.fill()

    with pytest.raises(RedisUnavailable, match="OutOfMemory"):
        own.run_script(WRITE, keys=["crieur:x"], args=["y"])


def test_without_a_server_the_process_counts_for_itself(valkey: OwnValkey, own: RedisStore) -> None:
    valkey.stop()

    allowed = [own.allow("door", limit=2, per=timedelta(minutes=1)) for _ in range(4)]

    assert allowed == [True, True, False, False]
    assert own.allow("other", limit=1, per=timedelta(minutes=1))


def test_uses_of_several_names_are_told_together(valkey: OwnValkey, own: RedisStore) -> None:
    for name in ("door", "door", "window"):
        own.allow(name, limit=9, per=timedelta(minutes=1))

    assert own.count_uses("door", "window", "roof") == 3
    valkey.stop()
    own.allow("door", limit=9, per=timedelta(minutes=1))
    own.allow("window", limit=9, per=timedelta(minutes=1))
    assert own.count_uses("door", "window", "roof") == 2


def test_without_a_server_uses_are_told_and_given_back_all_the_same(
    valkey: OwnValkey, own: RedisStore
) -> None:
    valkey.stop()
    for _ in range(3):
        own.allow("door", limit=3, per=timedelta(minutes=1))

    assert own.count_uses("door") == 3
    own.refund("door")
    assert own.count_uses("door") == 2
    assert own.allow("door", limit=3, per=timedelta(minutes=1))
    assert not own.allow("door", limit=3, per=timedelta(minutes=1))


def test_a_server_that_is_silent_is_waited_for_once(valkey: OwnValkey, hasty: RedisStore) -> None:
    """A sign-up and a sign-in ask four times each: readers would wait for eight seconds."""
    hasty.allow("door", limit=9, per=timedelta(minutes=1))
    valkey.freeze()
    hasty.count_uses("door")

    began = time.monotonic()
    for _ in range(50):
        hasty.count_uses("door")
        hasty.refund("door")
        hasty.allow("door", limit=99, per=timedelta(minutes=1))
    took = time.monotonic() - began

    # Asked again after five seconds, and not before.
    assert took < RETRY_AFTER
    assert hasty.count_uses("door") == 1


def test_own_counts_end_with_their_window_and_do_not_grow_for_ever() -> None:
    counts = LocalCounter()

    assert [counts.add("brief", 0.0) for _ in range(3)] == [1, 1, 1]
    assert [counts.add("long", 60.0) for _ in range(3)] == [1, 2, 3]
    for number in range(local_counter.MAX_KEYS):
        counts.add(f"stranger {number}", 60.0)
    assert counts.add("long", 60.0) == 1
