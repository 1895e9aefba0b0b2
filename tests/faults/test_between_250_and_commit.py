"""A worker dies after the relay's 250 and before our commit, by a barrier and not by chance.

The relay holds its 250 until the test has locked the deliveries; it is let go, the worker's commit
waits for the lock, and there the worker is killed. This is the one moment at which a second copy
cannot be avoided (RFC 1047), so each round must show one; and it must be the same mail.
"""

import psycopg
import pytest

from tests.faults.stack import COMMIT_GROUP, TIMEOUT, Stack
from tests.faults.stake import Stakes

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'delivery'::regclass"


def test_a_worker_that_dies_between_the_250_and_the_commit_costs_a_copy_and_no_reader(
    stack: Stack, mails: int
) -> None:
    rounds = max(4, min(500, mails // 200))
    issue = stack.an_issue(mails)
    stack.last_for(issue, 8)
    stack.scheduler()
    worker = stack.worker()
    stakes = Stakes(stack, issue)

    for _ in range(rounds):
        stack.sink.hold(1)
        stack.sink.wait(lambda sink: sink.held > 0)
        with (
            psycopg.connect(stack.conninfo) as barrier,
            psycopg.connect(stack.conninfo, autocommit=True) as observer,
        ):
            barrier.execute("LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE")
            stack.sink.let_go()
            stack.wait(lambda observer=observer: _count(observer) > 0)  # type: ignore[misc]
            worker.kill()
            stakes.note()
        worker.start()
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert rounds <= verdict.duplicates <= stakes.total, (stakes.each, verdict)
    assert max(stakes.each) <= 2 * stack.connections + COMMIT_GROUP, stakes.each


def _count(observer: psycopg.Connection[tuple[int]]) -> int:
    row = observer.execute(WAITS).fetchone()
    assert row is not None
    return int(row[0])
