"""Valkey forgets everything, goes away, or is full: a job message that costs seconds, not mail."""

import shutil

import pytest
from redis import Redis

from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, Stack
from tests.faults.wound import kill_servers

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS

AWAY_IN_CI = 8.0
AWAY = 60.0


def test_a_valkey_that_forgets_everything_every_few_seconds_costs_nothing(
    stack: Stack, mails: int
) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 8)
    stack.scheduler()
    stack.worker("worker-1")
    stack.worker("worker-2")

    with Redis.from_url(stack.servers.redis_url) as redis:
        flushes = stack.disturb(issue, redis.flushall, every=2 if mails < 10_000 else 5, least=3)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
    assert flushes >= 3


def test_a_valkey_that_is_away_and_comes_back_empty_costs_nothing(stack: Stack, mails: int) -> None:
    issue, worker = stack.set_out(mails, seconds=8, share=0.25)

    kill_servers(stack, "valkey")
    for leftover in (stack.servers.data_dir / "valkey").iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    stack.pause(AWAY_IN_CI if mails < 10_000 else AWAY)
    stack.servers.revive()
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
    assert stack.daemons["scheduler"].runs
    assert worker.runs


def test_an_edition_that_starts_while_valkey_is_full_goes_out(stack: Stack, mails: int) -> None:
    """Nothing can be dispatched; workers run jobs from the outbox."""
    stack.scheduler()
    stack.worker()
    with Redis.from_url(stack.servers.redis_url) as redis:
        redis.config_set("maxmemory", "1")
    issue = stack.an_issue(mails, ready=False)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict


def test_an_edition_that_starts_without_a_valkey_goes_out(stack: Stack, mails: int) -> None:
    """It is planned, built and sent by daemons that have never heard of a Valkey."""
    kill_servers(stack, "valkey")
    scheduler = stack.scheduler()
    workers = [stack.worker("worker-1"), stack.worker("worker-2")]
    issue = stack.an_issue(mails, ready=False)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
    assert scheduler.runs
    assert stack.drain_all() == {0}
    assert not any(worker.runs for worker in workers)


def test_a_valkey_that_fills_up_in_the_middle_of_a_send_stops_nothing(
    stack: Stack, mails: int
) -> None:
    """No message can be dispatched any more; the long form lasts longer than one turn."""
    issue, _ = stack.set_out(mails, seconds=6, share=0.2)

    with Redis.from_url(stack.servers.redis_url) as redis:
        redis.config_set("maxmemory", "1")
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
