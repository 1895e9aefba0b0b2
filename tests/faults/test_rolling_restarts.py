"""Every daemon is restarted again and again with SIGTERM, as an upgrade does.

A worker that is asked to end gives back what it has not begun and waits for what it has: nothing
comes twice, nothing is uncertain, and its exit code is 0.
"""

from itertools import cycle

import pytest

from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS


def test_rolling_restarts_neither_lose_nor_repeat(stack: Stack, mails: int) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 10)
    daemons = cycle([stack.worker("worker-1"), stack.worker("worker-2"), stack.scheduler()])
    codes = []

    def restart_one() -> None:
        daemon = next(daemons)
        codes.append(daemon.drain())
        daemon.start()

    restarts = stack.disturb(issue, restart_one, every=1, least=3)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
    assert set(codes) == {0}
    assert restarts >= 3
