"""Two complete installations on one database: two schedulers, two Valkeys, two workers each.

Neither knows of the other. Slots, outbox, leases and books are PostgreSQL's, so together they send
every mail once.
"""

import pytest

from service.devkit import embedded
from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS


def test_two_complete_stacks_on_one_database_send_every_mail_once(stack: Stack, mails: int) -> None:
    with embedded.start(stack.folder / "other") as other:
        for name, redis_url in (("one", stack.servers.redis_url), ("two", other.redis_url)):
            stack.scheduler(f"scheduler-{name}", CRIEUR_REDIS_URL=redis_url)
            stack.worker(f"worker-{name}", CRIEUR_REDIS_URL=redis_url)
        issue = stack.an_issue(mails, ready=False)
        stack.last_for(issue, 6)
        stack.wait_until_finished(issue)
        assert stack.drain_all() == {0}

    verdict = stack.verdict(issue)
    assert verdict.once_each(mails), verdict
