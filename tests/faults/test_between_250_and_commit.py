"""A worker dies after the relay's 250 and before our commit, by a barrier and not by chance.

The relay holds its 250 until the test has locked the deliveries; it is let go, the commit waits for
the lock, and there the worker is killed. This is the one moment at which a second copy cannot be
avoided (RFC 1047), so each death must cost one; and it must be the same mail.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.conftest import MakeStack
from tests.faults.senders import senders_of
from tests.faults.stack import COMMIT_GROUP, LONG, TIMEOUT, Issue, Stack
from tests.faults.stake import Stakes

pytestmark = [pytest.mark.fault, pytest.mark.timeout(2 * TIMEOUT, func_only=True)]

DEATHS = 500 if LONG else 100
DEATHS_OF_DAEMONS = 4
# Processes that are killed behind one barrier.
AT_ONCE = 5
# Mails in a second: hardly more than the first ones have an answer when their commit waits.
SLOW = 50
LOOK_EVERY = 0.005

# Only mails that were answered are written as accepted.
WAITS = """
    SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND relation = 'delivery'::regclass
      AND query LIKE '%UPDATE delivery%SET state = ''accepted''%'
    """


def test_deaths_between_the_250_and_the_commit_cost_copies_and_no_reader(
    make_stack: MakeStack, mails: int
) -> None:
    """Each sender is a process that does a worker's part, from the lease on; daemons finish.

    A death counts against every reader of what was leased, and a fourth sets them aside. So each
    death has a batch of its own here, and every reader must have their mail in the end.
    """
    barriers = min(DEATHS, mails // 10) // AT_ONCE
    deaths = barriers * AT_ONCE
    # With more, a sender leases a second batch before its first mail has an answer.
    stack = make_stack(connections=2)
    issue = stack.an_issue(mails, stretch=mails // deaths)
    stack.sink.rate(SLOW)
    stakes = Stakes(stack, issue)
    ends: list[int] = []

    with senders_of(stack, issue) as senders, _barrier(stack, AT_ONCE) as strike:
        for _ in range(barriers):
            stack.sink.hold(AT_ONCE * stack.connections)
            senders.start(AT_ONCE)
            strike(lambda: ends.extend(senders.kill()))
            stakes.note(deaths=AT_ONCE)
    stack.sink.rate(0)
    stack.scheduler()
    stack.worker("worker-1")
    stack.worker("worker-2")
    stack.wait_until_finished(issue)

    assert ends == [-signal.SIGKILL] * deaths
    _judge(stack, issue, stakes, deaths=AT_ONCE)


def test_a_worker_that_dies_between_the_250_and_the_commit_costs_a_copy_and_no_reader(
    stack: Stack, mails: int
) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 8)
    stack.scheduler()
    worker = stack.worker()
    stakes = Stakes(stack, issue)

    with _barrier(stack, 1) as strike:
        for _ in range(DEATHS_OF_DAEMONS):
            stack.sink.hold(1)
            strike(worker.kill)
            stakes.note()
            worker.start()
    stack.wait_until_finished(issue)

    _judge(stack, issue, stakes, deaths=1)


@contextmanager
def _barrier(stack: Stack, senders: int) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Let something happen while an answered mail of each sender waits for its commit."""

    def waits() -> bool:
        row = observer.execute(WAITS).fetchone()
        assert row is not None
        return int(row[0]) == senders

    def strike(happen: Callable[[], object]) -> None:
        stack.sink.wait(lambda sink: sink.is_holding)
        holder.execute("LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE")
        stack.sink.let_go()
        stack.wait(waits, every=LOOK_EVERY)
        happen()
        holder.rollback()

    with (
        psycopg.connect(stack.conninfo) as holder,
        psycopg.connect(stack.conninfo, autocommit=True) as observer,
    ):
        yield strike


def _judge(stack: Stack, issue: Issue, stakes: Stakes, *, deaths: int) -> None:
    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": len(issue.readers)}, verdict
    # Nobody else lived: whatever a death has left without a word in our books comes again.
    assert min(len(left) for left in stakes.unbooked) >= deaths
    certain = sum(len(left) for left in stakes.unbooked)
    assert certain <= verdict.duplicates <= stakes.total, (stakes.each, verdict)
    assert max(stakes.each) <= deaths * (2 * stack.connections + COMMIT_GROUP), stakes.each
