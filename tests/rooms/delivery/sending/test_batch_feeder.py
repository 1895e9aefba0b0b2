"""Who gets their turn when: pace, throttle, slow receivers, and what nobody waits for."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from service import metrics
from service.delivery.throttling.pacing import PacingRules
from service.delivery.throttling.throttle import Throttle
from service.kit.db import Begin
from service.kit.redis_store import RedisStore
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, rows, send, send_deps

RULES = PacingRules.load("""
[resume]
step = 0.1
every = 5
after_stop = 0.125

[receiver.default]
slowed_per_minute = 60

[receiver.slow]
domains = ["slow.example"]
per_minute = 60

[receiver.narrow]
domains = ["narrow.example"]
in_flight = 1
slowed_per_minute = 60

[receiver.strict]
domains = ["strict.example"]
slowed_per_minute = 60
[[receiver.strict.backoff]]
texts = ["try later"]
action = "stop"
minutes = 30
""")


@pytest.fixture
def throttle(redis_url: str) -> Iterator[Throttle]:
    """Asks the common Valkey, with patience: a busy machine's pause is not its absence."""
    cache = RedisStore(redis_url, script_timeout=60)
    yield Throttle(cache, RULES)
    cache.close()


def readers_at(begin: Begin, issue: Issue, domain: str, *, count: int) -> set[int]:
    """Let the first readers have addresses of a domain."""
    chosen = list(issue.readers.values())[:count]
    with begin() as session:
        for reader in chosen:
            session.execute(
                text("UPDATE subscriber SET address = :address WHERE id = :reader"),
                {"address": f"r{reader}@{domain}", "reader": reader},
            )
    return set(chosen)


def test_a_slow_receivers_readers_get_their_turn_later_and_nobody_else_waits(
    begin: Begin, clock: FakeClock, throttle: Throttle
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 60)
    slow = readers_at(begin, issue, "slow.example", count=30)
    counted = CollectorRegistry()
    metrics.THROTTLE_WAIT_SECONDS.attach(counted)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url, throttle=throttle))

    found = {row.subscriber_id: row for row in rows(begin, issue)}
    states = Counter((reader in slow, str(row.state)) for reader, row in found.items())
    waiting = [row for row in found.values() if row.state == "deferred"]
    turns = sorted(row.next_at for row in waiting if row.next_at is not None)
    assert states[False, "accepted"] == 30
    # The quota of a second or so, and of however long the run took.
    assert 1 <= states[True, "accepted"] < 30
    assert len(turns) == len(waiting) == 30 - states[True, "accepted"]
    assert {(row.attempts, row.reason) for row in waiting} == {(0, "waits_for_provider")}
    assert all(sooner < later for sooner, later in pairwise(turns))
    assert turns[-1] - clock.now >= timedelta(seconds=len(turns) - 2)
    waited = counted.get_sample_value("crieur_throttle_wait_seconds_total", {"provider": "slow"})
    assert waited == pytest.approx(sum((turn - clock.now).total_seconds() for turn in turns))
    assert books(begin, issue).balanced


def test_a_receiver_of_few_connections_never_has_more_mails_under_way(
    begin: Begin, clock: FakeClock, throttle: Throttle
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 24)
    narrow = readers_at(begin, issue, "narrow.example", count=12)

    with Relay(lambda _recipient, _attempt: Mood.SLOW) as relay:
        send(issue, send_deps(begin, clock, relay.url, throttle=throttle))

    assert {row.state for row in rows(begin, issue)} == {"accepted"}
    assert len(narrow) == 12
    assert relay.most_at_once("@narrow.example") == 1
    assert relay.most_at_once("@example.org") > 1


def test_a_receiver_that_asks_for_a_pause_gets_one(
    begin: Begin, clock: FakeClock, throttle: Throttle
) -> None:
    first = an_issue(begin, clock, masks=[None])
    readers_at(begin, first, "strict.example", count=1)
    second = an_issue(begin, clock, masks=[None] * 4)
    strict = readers_at(begin, second, "strict.example", count=2)

    with Relay(lambda recipient, _: Mood.DEFER if "strict" in recipient else Mood.ACCEPT) as relay:
        deps = send_deps(begin, clock, relay.url, throttle=throttle)
        send(first, deps)
        tried = relay.attempts.total()
        send(second, deps)

    assert tried == 1
    assert relay.attempts.total() == 3
    assert {row.subscriber_id for row in rows(begin, second) if row.state == "deferred"} == strict


def test_a_newsletters_throttle_holds_for_all_its_readers(
    begin: Begin, clock: FakeClock, throttle: Throttle
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 200)
    with begin() as session:
        session.execute(text("UPDATE newsletter SET per_minute = 60"))

    with Relay() as relay:
        send(
            issue,
            send_deps(begin, clock, relay.url, throttle=throttle, run_for=timedelta(seconds=2)),
        )

    assert 1 <= len(relay.accepted) < 30
    assert {row.state for row in rows(begin, issue)} == {"accepted", "pending"}
    assert books(begin, issue).deferred == 0
