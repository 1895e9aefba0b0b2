"""PostgreSQL is killed again and again in the middle of a send.

What was committed is there when it comes back; what was not is found again. The daemons live on:
they wait for the database, nobody restarts them.
"""

import pytest

from tests.faults.stack import COMMIT_GROUP, TIMEOUT, Stack
from tests.faults.stake import Stakes
from tests.faults.wound import kill_servers

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]


def test_nothing_is_lost_when_postgresql_is_killed_five_times(stack: Stack, mails: int) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 8)
    scheduler, worker = stack.scheduler(), stack.worker()
    stakes = Stakes(stack, issue)

    for kill in range(5):
        goal = mails * (kill + 1) / 8
        stack.sink.wait(lambda sink, goal=goal: sink.kept > goal)  # type: ignore[misc]
        kill_servers(stack, "postgres")
        stack.servers.revive()
        stakes.note()
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert verdict.duplicates <= stakes.total, (stakes.each, verdict)
    assert max(stakes.each) <= 2 * stack.connections + COMMIT_GROUP, stakes.each
    assert scheduler.runs
    assert worker.runs
