"""Permission to send: shared by everybody through Redis, and careful without it."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import redis
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.delivery.throttling.pacing import PacingRules
from service.delivery.throttling.request import SECOND
from service.delivery.throttling.throttle import ANY_PROVIDER, Throttle, ThrottleGrant
from service.kit.redis_store import RedisStore
from tests.fakes.valkey import OwnValkey

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BEGIN = 1_800_000_000 * SECOND
FILE = """
[resume]
step = 0.1
every = 5
after_stop = 0.125

[receiver.default]
slowed_per_minute = 60
[[receiver.default.backoff]]
texts = ["slow down"]
action = "slow"
minutes = 10

[receiver.post]
domains = ["post.example"]
per_minute = 600
[[receiver.post.backoff]]
texts = ["go away"]
action = "stop"
minutes = 30

[receiver.lines]
domains = ["lines.example"]
in_flight = 4
slowed_per_minute = 120
"""
RULES = PacingRules.load(FILE)
TRIES = 3
TOO_FAST = "421 4.7.0 please slow down"
ALONE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Watch:
    """Durations and Redis' time, moved by hand."""

    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds

    def instant(self) -> int:
        return BEGIN + round(self.seconds * SECOND)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def cache(redis_url: str) -> Iterator[RedisStore]:
    """A way to the common Valkey, with patience: a busy machine's pause is not its absence."""
    cache = RedisStore(redis_url, script_timeout=60)
    yield cache
    cache.close()


@pytest.fixture
def own() -> Iterator[OwnValkey]:
    with OwnValkey() as running:
        yield running


@pytest.fixture
def alone(own: OwnValkey) -> Iterator[RedisStore]:
    """A way to a Valkey that a test may stop or fill."""
    cache = RedisStore(own.url, script_timeout=60)
    yield cache
    cache.close()


@pytest.fixture
def hasty(own: OwnValkey) -> Iterator[RedisStore]:
    """A way to a Valkey that a test may freeze."""
    cache = RedisStore(own.url)
    yield cache
    cache.close()


def throttle(
    cache: RedisStore, watch: Watch, *, warm_up: dict[str, date] | None = None
) -> Throttle:
    return Throttle(cache, RULES, warm_up=warm_up, clock=watch, instant=watch.instant)


def test_a_receiver_without_a_limit_gets_everything_and_redis_is_not_asked(
    own: OwnValkey, alone: RedisStore, watch: Watch
) -> None:
    asker = throttle(alone, watch)
    asker.acquire({"default": 1}, now=NOW)  # Looks once for those that somebody else slowed.
    own.stop()

    with structlog.testing.capture_logs() as logs:
        granted = asker.acquire({"default": 500}, now=NOW)

    assert granted == {"default": ThrottleGrant(500)}
    assert logs == []


def test_a_second_of_the_quota_goes_at_once_and_the_rest_waits(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch)

    first = asker.acquire({"post": 100}, now=NOW)["post"]
    watch.seconds += first.wait.total_seconds()
    second = asker.acquire({"post": 90}, now=NOW)["post"]

    assert first.granted == 10
    assert timedelta(0) < first.wait <= timedelta(seconds=1)
    assert second.granted >= 1


def test_waiting_as_told_uses_the_whole_quota(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch)
    granted = 0

    while watch.seconds < 60:
        answer = asker.acquire({"post": 1000}, now=NOW)["post"]
        granted += answer.granted
        watch.seconds += answer.wait.total_seconds()

    assert 600 <= granted <= 612


def test_confirmation_mails_pass_while_bulk_has_used_its_part_up(
    cache: RedisStore, watch: Watch
) -> None:
    bulk, notices = throttle(cache, watch), throttle(cache, watch)
    bulk.acquire({"post": 100}, now=NOW)

    assert bulk.acquire({"post": 1}, now=NOW)["post"].granted == 0
    assert notices.acquire({"post": 1}, now=NOW, transactional=True)["post"].granted == 1


def test_a_common_limit_holds_for_all_receivers_together(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch)
    wanted = {"post": 50, "default": 50, "lines": 50}

    total: Counter[str] = Counter()
    answers: dict[str, ThrottleGrant] = {}
    for _ in range(6):
        answers = asker.acquire(wanted, now=NOW, extra={"newsletter:12": 300})
        total.update({name: grant.granted for name, grant in answers.items()})
        watch.seconds += 1

    assert 25 <= total.total() <= 5 * 6 + 1
    assert set(+total) == set(wanted), "each has its turn"
    assert all(grant.wait > timedelta(0) for grant in answers.values())


def test_before_the_receivers_are_known_the_least_of_several_limits_is_granted(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch)
    limits = {"newsletter:12": 600, "relays": 300}

    both = asker.acquire({ANY_PROVIDER: 100}, now=NOW, extra=limits)[ANY_PROVIDER]
    rest = asker.acquire({ANY_PROVIDER: 100}, now=NOW, extra={"newsletter:12": 600})[ANY_PROVIDER]

    assert (both.granted, rest.granted) == (5, 5)


def test_a_name_that_is_wanted_itself_has_a_limit_of_its_own(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch)

    answers = asker.acquire({"relay:mx:25": 100, "post": 5}, now=NOW, extra={"relay:mx:25": 1200})

    assert (answers["relay:mx:25"].granted, answers["post"].granted) == (20, 5)


def test_messages_under_way_are_divided_among_the_runs_that_send(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch)
    runs = [(throttle(cache, watch), "a"), (asker, "a"), (asker, "b")]

    def in_flight_limit() -> list[int | None]:
        return [
            each.acquire({"lines": 9}, now=NOW, run=run)["lines"].in_flight_limit
            for each, run in runs
        ]

    in_flight_limit()
    everybody = in_flight_limit()
    watch.seconds += 6
    one = asker.acquire({"lines": 9}, now=NOW, run="a")["lines"]

    assert sorted(n for n in everybody if n is not None) == [1, 1, 2]
    assert one == ThrottleGrant(9, in_flight_limit=4)


def test_a_run_that_is_one_too_many_gets_nothing_for_now(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch)
    names = [str(number) for number in range(6)]
    answers: list[ThrottleGrant] = []
    for _ in range(2):
        answers = [asker.acquire({"lines": 9}, now=NOW, run=name)["lines"] for name in names]

    assert sum(answer.in_flight_limit or 0 for answer in answers) == 4
    assert all((answer.granted > 0) == (answer.in_flight_limit != 0) for answer in answers)
    assert all(answer.wait > timedelta(0) for answer in answers if not answer.granted)


def test_a_complaint_slows_the_receiver_for_everybody(cache: RedisStore, watch: Watch) -> None:
    here, there = throttle(cache, watch), throttle(cache, watch)
    here.acquire({"post": 100}, now=NOW)

    here.report_reply("post.example", TOO_FAST)
    here.acquire({"post": 1}, now=NOW)

    watch.seconds += 60
    granted = sum(_drain(there, watch, seconds=60))
    assert 290 <= granted <= 300 + 6


def test_many_complaints_of_one_moment_are_one(cache: RedisStore, watch: Watch) -> None:
    here, there = throttle(cache, watch), throttle(cache, watch)

    for _ in range(50):
        here.report_reply("post.example", TOO_FAST)
        here.acquire({"post": 1}, now=NOW)
        there.report_reply("post.example", TOO_FAST)
        there.acquire({"post": 1}, now=NOW)

    watch.seconds += 60
    assert 290 <= sum(_drain(here, watch, seconds=60)) <= 300 + 6


def test_complaint_after_complaint_ends_at_a_floor(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch)

    for _ in range(12):
        asker.report_reply("post.example", TOO_FAST)
        asker.acquire({"post": 1}, now=NOW)
        watch.seconds += 11

    assert 17 <= sum(_drain(asker, watch, seconds=60)) <= 21


def test_the_rate_comes_back_step_by_step(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch)
    asker.report_reply("post.example", TOO_FAST)
    asker.acquire({"post": 1}, now=NOW)

    watch.seconds = 10 * 60 + 5 * 60
    half_way = sum(_drain(asker, watch, seconds=30))
    watch.seconds = 10 * 60 + 25 * 60 + 60
    healed = sum(_drain(asker, watch, seconds=30))

    assert 178 <= half_way <= 192
    assert 300 <= healed <= 311


def test_a_stopped_receiver_gets_confirmation_mails_only_and_begins_again_slowly(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch)
    asker.report_reply("post.example", "550 5.7.1 go away")

    bulk = asker.acquire({"post": 9}, now=NOW)["post"]
    notice = asker.acquire({"post": 1}, now=NOW, transactional=True)["post"]
    watch.seconds = 30 * 60 + 1
    after = asker.acquire({"post": 100}, now=NOW)["post"]

    assert bulk.granted == 0
    assert bulk.wait == timedelta(minutes=30)
    assert notice.granted == 1
    assert after.granted == 1


def test_a_domain_without_a_rule_is_slowed_alone_and_everywhere(
    cache: RedisStore, watch: Watch
) -> None:
    here, there = throttle(cache, watch), throttle(cache, watch)
    there.acquire({"default": 1}, now=NOW)

    here.report_reply("small.example", TOO_FAST)
    here.acquire({"default": 1}, now=NOW)
    watch.seconds += 6
    there.acquire({"default": 1}, now=NOW)

    for each in (here, there):
        assert each.limit_name_of("small.example") == "domain:small.example"
        assert each.limit_name_of("other.example") == "default"
    assert there.acquire({"domain:small.example": 9}, now=NOW)["domain:small.example"].granted == 1
    assert there.acquire({"default": 9}, now=NOW)["default"].granted == 9


def test_a_slowed_domain_is_forgotten_once_it_has_its_rate_back(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch)
    asker.report_reply("small.example", TOO_FAST)
    asker.acquire({"default": 1}, now=NOW)

    watch.seconds += 10 * 60 + 25 * 60 + 1
    asker.acquire({"default": 1}, now=NOW)

    assert asker.limit_name_of("small.example") == "default"


def test_a_complaint_is_logged_once_without_the_domain(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch)

    with structlog.testing.capture_logs() as logs:
        for _ in range(20):
            asker.report_reply("small.example", TOO_FAST)
        asker.report_reply("post.example", "450 4.2.2 mailbox full")

    assert [(line["event"], line["provider"], line["act"]) for line in logs] == [
        ("throttle.backed_off", "default", "slow")
    ]
    assert "small.example" not in str(logs)


def test_a_new_sender_gets_so_many_mails_a_day_per_receiver(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch, warm_up={"new.example": date(2026, 11, 24)})
    wanted = {"default": 150, "lines": 150}

    first, second = (asker.acquire(wanted, now=NOW, sender="new.example") for _ in range(2))
    tomorrow = asker.acquire(wanted, now=NOW + timedelta(days=1), sender="new.example")
    known = asker.acquire(wanted, now=NOW, sender="old.example")

    assert [grant.granted for grant in first.values()] == [150, 150]
    assert [grant.granted for grant in second.values()] == [50, 50]
    assert second["default"].wait == timedelta(hours=1)
    assert [grant.granted for grant in tomorrow.values()] == [150, 150]
    assert [grant.granted for grant in known.values()] == [150, 150]


def test_a_day_that_is_used_up_is_told_once(cache: RedisStore, watch: Watch) -> None:
    asker = throttle(cache, watch, warm_up={"new.example": date(2026, 11, 24)})

    with structlog.testing.capture_logs() as logs:
        for _ in range(4):
            asker.acquire({"lines": 150}, now=NOW, sender="new.example")

    assert logs == [
        {
            "event": "throttle.day_limit_reached",
            "log_level": "info",
            "sender": "new.example",
            "provider": "lines",
            "limit": 200,
        }
    ]


def test_a_confirmation_mail_is_not_held_back_by_warming_up(
    cache: RedisStore, watch: Watch
) -> None:
    asker = throttle(cache, watch, warm_up={"new.example": date(2026, 11, 24)})
    asker.acquire({"default": 300}, now=NOW, sender="new.example")

    answer = asker.acquire({"default": 1}, now=NOW, sender="new.example", transactional=True)

    assert answer["default"].granted == 1


def test_keys_expire_by_themselves(cache: RedisStore, redis_url: str, watch: Watch) -> None:
    asker = throttle(cache, watch, warm_up={"new.example": date(2026, 11, 24)})
    asker.report_reply("small.example", TOO_FAST)
    asker.report_reply("post.example", "550 go away")
    asker.acquire(
        {"post": 5, "lines": 5, "default": 5},
        now=NOW,
        sender="new.example",
        extra={"newsletter:1": 600},
    )

    client = redis.Redis.from_url(redis_url)
    keys = client.keys("crieur:pace:*")
    lives = [client.pttl(key) for key in keys]
    client.close()

    assert len(keys) >= 6
    assert all(0 < life <= 2 * 86_400_000 for life in lives)


def test_redis_own_time_is_used_when_nobody_says_another(cache: RedisStore) -> None:
    asker = Throttle(cache, RULES)
    began = time.monotonic()

    answers = [asker.acquire({"post": 100}, now=NOW)["post"].granted for _ in range(2)]

    assert answers[0] == 10
    assert answers[1] <= 1 + 10 * (time.monotonic() - began)


def test_without_redis_a_process_takes_its_share_and_says_so_once_a_minute(
    own: OwnValkey, alone: RedisStore, watch: Watch
) -> None:
    asker = throttle(alone, watch)
    own.stop()

    with structlog.testing.capture_logs() as logs:
        granted = sum(_drain(asker, watch, seconds=59))

    assert 140 <= granted <= 600 / 4
    assert [line["event"] for line in logs] == ["throttle.local_fallback"]


def test_without_redis_as_many_processes_share_a_limit_as_were_seen_before(
    own: OwnValkey, alone: RedisStore, watch: Watch
) -> None:
    askers = [throttle(alone, watch) for _ in range(6)]
    for asker in [*askers, *askers]:
        asker.acquire({"post": 1}, now=NOW)
    watch.seconds += 10
    own.stop()

    granted = [asker.acquire({"post": 1000}, now=NOW)["post"].granted for asker in askers]

    assert granted == [600 // 6 // 6] * 6


def test_a_silent_redis_costs_two_seconds_once_and_is_then_left_in_peace(
    own: OwnValkey, hasty: RedisStore, watch: Watch
) -> None:
    asker = throttle(hasty, watch)
    asker.acquire({"post": 1}, now=NOW)
    before = own.visitors()
    own.freeze()

    stalled: list[float] = []
    # A busy machine may be late with one.
    while not stalled or (stalled[-1] >= 2 and len(stalled) < TRIES):
        watch.seconds += 10
        began = time.monotonic()
        asker.acquire({"post": 1}, now=NOW)
        stalled.append(time.monotonic() - began)
    for _ in range(100):
        asker.acquire({"post": 1}, now=NOW)
    own.thaw()

    assert stalled[-1] < 2
    # The first was asked on the connection that was there, each other one would be a new one, and
    # the last is who counts them.
    assert own.visitors() - before == len(stalled)


def test_a_full_redis_is_as_good_as_none(own: OwnValkey, alone: RedisStore, watch: Watch) -> None:
    asker = throttle(alone, watch)
    own.fill()

    with structlog.testing.capture_logs() as logs:
        answer = asker.acquire({"post": 100}, now=NOW)["post"]

    assert answer.granted == 600 // 6 // 4
    assert logs[0]["error"] == "OutOfMemoryError"


def test_redis_is_asked_again_after_a_while_and_hears_what_was_said_meanwhile(
    own: OwnValkey, alone: RedisStore, watch: Watch
) -> None:
    here = throttle(alone, watch)
    own.stop()
    here.acquire({"post": 1}, now=NOW)
    here.report_reply("post.example", "550 go away")
    assert here.acquire({"post": 1}, now=NOW)["post"].granted == 0

    own.start()
    watch.seconds += 6
    here.acquire({"default": 1}, now=NOW)

    assert throttle(alone, watch).acquire({"post": 1}, now=NOW)["post"].granted == 0


def test_an_empty_redis_begins_anew(cache: RedisStore, redis_url: str, watch: Watch) -> None:
    asker = throttle(cache, watch)
    asker.acquire({"post": 100}, now=NOW)
    client = redis.Redis.from_url(redis_url)
    # Not those of the tests beside.
    client.flushdb()
    client.close()

    assert asker.acquire({"post": 100}, now=NOW)["post"].granted == 10


def test_threads_of_one_process_share_one_pacer(cache: RedisStore) -> None:
    asker = Throttle(cache, RULES)
    answers: list[int] = []

    def send(run: int) -> None:
        for _ in range(30):
            answers.append(
                asker.acquire({"post": 3, "lines": 1}, now=NOW, run=str(run))["post"].granted
            )
            asker.report_reply("small.example", TOO_FAST)

    began = time.monotonic()
    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 120
    assert sum(answers) <= 11 + 10 * (time.monotonic() - began)


@ALONE
@given(
    per_minute=st.integers(1, 20_000),
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 2), st.integers(1, 500), st.booleans()),
        min_size=1,
        max_size=40,
    ),
)
def test_no_interleaving_gets_more_than_the_limit_in_any_window(
    cache: RedisStore, per_minute: int, steps: list[tuple[int, float, int, bool]]
) -> None:
    """Three processes ask whenever they like; `first` may use the reserve too."""
    watch, key = Watch(), f"limit:{next(_numbers)}"
    crew = [throttle(cache, watch) for _ in range(3)]
    taken = []

    for who, pause, want, first in steps:
        watch.seconds += pause
        answers = crew[who].acquire(
            {key: want}, now=NOW, transactional=first, extra={key: per_minute}
        )
        taken.append((watch.seconds, answers[key].granted))

    burst = max(1, per_minute // 60)
    burst += max(1, burst // 10)
    for start, end in itertools.combinations_with_replacement(range(len(taken)), 2):
        window = taken[end][0] - taken[start][0]
        count = sum(granted for _, granted in taken[start : end + 1])
        assert count <= per_minute / 60 * window + burst + 0.001


_numbers = itertools.count()


def _drain(asker: Throttle, watch: Watch, *, seconds: float) -> Iterator[int]:
    """Ask four times a second for as much as there is."""
    until = watch.seconds + seconds
    while watch.seconds < until:
        yield asker.acquire({"post": 1000}, now=NOW)["post"].granted
        watch.seconds += 0.25
