"""Two workers whose clocks are two minutes fast and five minutes slow share one edition.

A clock that is fast sees everybody's leases as run out; one that is slow takes leases that the
others see as run out already. PostgreSQL's clock is the only one that counts.
"""

from collections.abc import Sequence

import pytest

from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, WORKER, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS

SHIFTED = tuple(
    "tests.faults.shifted_worker" if word == "workers.main" else word for word in WORKER
)


@pytest.mark.parametrize(
    "offsets", [(120,), (-300,), (120, 0, -300)], ids=["fast", "slow", "fast, right and slow"]
)
def test_wrong_clocks_neither_lose_nor_repeat(
    stack: Stack, mails: int, offsets: Sequence[int]
) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 5)
    stack.scheduler()

    for offset in offsets:
        stack.worker(f"worker{offset:+}", argv=SHIFTED, FAULT_CLOCK_OFFSET=str(offset))
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
