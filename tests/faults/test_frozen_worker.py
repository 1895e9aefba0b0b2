"""A worker is frozen past its leases, and goes on later as if nothing had been.

Others have its work by then. Its fences are old: what it says late is not written, and it begins
no mail under a lease that it has lost. The one that was about to leave when it froze leaves when
it thaws: its loop does one thing at a time, so besides the stakes there may be one more, at most.
"""

import psycopg
import pytest

from tests.faults.stack import COMMIT_GROUP, TIMEOUT, Stack
from tests.faults.stake import Stakes

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

# The last statement of a commit group waits; the outcomes before it hold their locks.
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tally'::regclass"
IDLE = """
    SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE state = 'idle in transaction' AND relation = 'delivery'::regclass
      AND mode = 'RowExclusiveLock'
    """

ABOUT_TO_LEAVE = 1


def test_a_worker_that_comes_back_from_the_ice_hurts_nobody(stack: Stack, mails: int) -> None:
    issue, frozen = stack.set_out(mails, seconds=8, share=0.2, worker="frozen")

    stakes = Stakes(stack, issue)
    frozen.freeze()
    stakes.note()
    stack.worker("lively")
    stack.sink.wait(lambda sink: sink.kept > mails * 0.6)
    frozen.thaw()
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert verdict.duplicates <= stakes.total + ABOUT_TO_LEAVE, (stakes.each, verdict)
    assert stakes.total <= 2 * stack.connections + COMMIT_GROUP, stakes.each
    assert frozen.runs


def test_a_worker_that_is_frozen_inside_a_transaction_keeps_nothing_for_ever(
    stack: Stack, mails: int
) -> None:
    """Its session holds the lock on its batch, and no lease that runs out opens a lock."""
    issue, frozen = stack.set_out(mails, seconds=8, share=0.1, worker="frozen")
    with (
        psycopg.connect(stack.conninfo) as barrier,
        psycopg.connect(stack.conninfo, autocommit=True) as observer,
    ):
        barrier.execute("LOCK TABLE tally IN SHARE ROW EXCLUSIVE MODE")
        stack.wait(lambda: _count(observer, WAITS) > 0)
        frozen.freeze()
    with psycopg.connect(stack.conninfo, autocommit=True) as observer:
        stack.wait(lambda: _count(observer, IDLE) > 0)
    stakes = Stakes(stack, issue)
    stakes.note()
    stack.worker("lively")
    stack.wait_until_finished(issue)

    frozen.thaw()

    assert frozen.drain() == 0
    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert verdict.duplicates <= stakes.total + ABOUT_TO_LEAVE, (stakes.each, verdict)
    assert stakes.total <= 2 * stack.connections + COMMIT_GROUP, stakes.each


def test_a_worker_that_is_frozen_until_the_books_are_closed_hurts_nobody(
    stack: Stack, mails: int
) -> None:
    issue, frozen = stack.set_out(mails, seconds=4, share=0.2, worker="frozen")
    stakes = Stakes(stack, issue)
    frozen.freeze()
    stakes.note()
    stack.worker("lively")
    stack.wait_until_finished(issue)
    kept = stack.sink.kept

    frozen.thaw()
    code = frozen.drain()

    verdict = stack.verdict(issue)
    assert code == 0
    # A mail whose body had begun before the frost may still end.
    assert stack.sink.kept <= kept + stack.connections
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert verdict.duplicates <= stakes.total + ABOUT_TO_LEAVE, (stakes.each, verdict)
    assert stakes.total <= 2 * stack.connections + COMMIT_GROUP, stakes.each


def _count(observer: psycopg.Connection[tuple[int]], statement: str) -> int:
    row = observer.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
