"""A worker is frozen past its leases, and goes on later as if nothing had been.

Others have its work by then. Its fences are old: what it says late is not written, and it begins
no mail under a lease that it has lost.
"""

from collections.abc import Callable

import pytest

from tests.faults.stack import COMMIT_GROUP, TIMEOUT, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]


def test_a_worker_that_comes_back_from_the_ice_hurts_nobody(
    stack: Stack, mails: Callable[[int], int]
) -> None:
    count = mails(1_500)
    issue = stack.an_issue(count)
    stack.last_for(issue, 8)
    stack.scheduler()
    frozen = stack.worker("frozen")
    stack.sink.wait(lambda sink: sink.kept > count * 0.2)

    frozen.freeze()
    stack.worker("lively")
    stack.sink.wait(lambda sink: sink.kept > count * 0.6)
    frozen.thaw()
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": count}, verdict
    assert verdict.duplicates <= stack.connections + COMMIT_GROUP, verdict
    assert frozen.runs


def test_a_worker_that_is_frozen_until_the_books_are_closed_hurts_nobody(
    stack: Stack, mails: Callable[[int], int]
) -> None:
    count = mails(600)
    issue = stack.an_issue(count)
    stack.last_for(issue, 4)
    stack.scheduler()
    frozen = stack.worker("frozen")
    stack.sink.wait(lambda sink: sink.kept > count * 0.2)
    frozen.freeze()
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
    assert verdict.duplicates <= stack.connections + COMMIT_GROUP, verdict
