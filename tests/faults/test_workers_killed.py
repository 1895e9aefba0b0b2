"""kill -9 of a worker, again and again, in the middle of a send.

Nobody is told, nothing is drained: connections break, leases hang in the air. The others find the
work again, by the scheduler's look at PostgreSQL. Nothing may be lost; what may come twice is what
was under way, and a copy is the same mail.
"""

import pytest

from tests.faults.page import books_on_the_page
from tests.faults.stack import COMMIT_GROUP, TIMEOUT, Stack
from tests.faults.stake import Stakes

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]


def test_nothing_is_lost_when_workers_are_killed_every_two_seconds(
    stack: Stack, mails: int
) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 12)
    stack.scheduler()
    workers = [stack.worker("worker-1"), stack.worker("worker-2")]
    stakes = Stakes(stack, issue)

    def kill_one() -> None:
        victim = stack.dice.choice(workers)
        victim.kill()
        stakes.note()
        victim.start()

    kills = stack.disturb(issue, kill_one, every=2, least=3)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert verdict.duplicates <= stakes.total, (stakes.each, verdict)
    assert verdict.duplicates <= kills * (stack.connections + COMMIT_GROUP), verdict
    assert kills >= 3
    lines, under_the_line = books_on_the_page(stack, issue)
    assert lines["accepted"] == sum(lines.values()) == under_the_line == mails
