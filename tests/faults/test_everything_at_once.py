"""A bad day: workers die, Valkey forgets, PostgreSQL is killed, the relay hangs up, all in one.

Each fault alone has a test of its own. Here they come in any order on three workers with many
connections, drawn from a seed that is shown when it fails (FAULT_SEED chooses another).
"""

import os
import random

import pytest
from redis import Redis

from service.editions import control
from tests.faults.conftest import MakeStack
from tests.faults.stack import TIMEOUT, Issue, Stack
from tests.faults.stake import Stakes
from tests.faults.wound import kill_servers

pytestmark = [pytest.mark.fault, pytest.mark.timeout(2 * TIMEOUT, func_only=True)]

SEED = int(os.environ.get("FAULT_SEED", "7"))  # noqa: TID251  Only the tests read it.
CONNECTIONS = 10


class _BadDay:
    """What may happen next."""

    def __init__(self, stack: Stack, issue: Issue) -> None:
        self.stack = stack
        self.issue = issue
        self.dice = random.Random(SEED)
        self.workers = [stack.worker(f"worker-{number}") for number in range(3)]
        self.scheduler = stack.scheduler()
        # How often a run may have died or lost its relay.
        self.hurt = 0
        self.stakes = Stakes(stack, issue)
        self.told: list[str] = []

    def happen(self) -> None:
        """Let one thing happen."""
        act = self.dice.choice(
            [self.kill, self.drain, self.forget, self.kill_postgres, self.hang_up, self.pause]
        )
        self.told.append(act.__name__)
        act()

    def kill(self) -> None:
        """A worker is killed."""
        victim = self.dice.choice([*self.workers, self.scheduler])
        victim.kill()
        self._count(1)
        victim.start()

    def drain(self) -> None:
        """A worker is restarted."""
        worker = self.dice.choice(self.workers)
        assert worker.drain() == 0
        worker.start()

    def forget(self) -> None:
        """Valkey forgets everything."""
        with Redis.from_url(self.stack.servers.redis_url) as redis:
            redis.flushall()

    def kill_postgres(self) -> None:
        """PostgreSQL is killed."""
        kill_servers(self.stack, "postgres")
        self.stack.servers.revive()
        self._count(len(self.workers))

    def hang_up(self) -> None:
        """The relay hangs up on everybody."""
        self.stack.sink.close()
        self._count(len(self.workers))
        self.stack.sink.open()

    def pause(self) -> None:
        """An operator pauses and resumes."""
        for act in (control.pause, control.resume):
            with self.stack.runtime.begin() as session:
                act(session, self.issue.edition_id, now=self.stack.runtime.clock())

    def _count(self, hurt: int) -> None:
        self.hurt += hurt
        self.stakes.note()


def test_a_bad_day_loses_nobody(make_stack: MakeStack, mails: int) -> None:
    stack = make_stack(connections=CONNECTIONS)
    issue = stack.an_issue(mails)
    stack.last_for(issue, 12)
    day = _BadDay(stack, issue)

    stack.disturb(issue, day.happen, every=1.5, until=0.8, least=3)
    stack.wait_until_finished(issue, hurried=True)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, (SEED, day.told, verdict)
    assert verdict.states["accepted"] + verdict.states.get("uncertain", 0) == mails, verdict
    assert verdict.states.get("uncertain", 0) <= day.hurt, verdict
    assert verdict.duplicates <= day.stakes.total, (day.stakes.each, day.told, verdict)
    assert len(day.told) >= 3
