"""One reader's mail kills every worker that writes it.

Everybody else gets their mail, once; the poison is set aside after it has killed a few workers,
so that the edition finishes by itself and an operator sees whom it was about.
"""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.stack import COMMIT_GROUP, TIMEOUT, WORKER, Issue, Stack
from tests.faults.stake import Stakes

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

POISONED = tuple(
    "tests.faults.poison_worker" if word == "workers.main" else word for word in WORKER
)
MOST_DEATHS = 4


def test_a_reader_who_kills_every_worker_is_set_aside_and_nobody_else_suffers(
    stack: Stack, mails: int
) -> None:
    issue = stack.an_issue(mails)
    poison = sorted(issue.readers)[mails // 2]
    deaths = stack.folder / "deaths"
    stack.scheduler()
    worker = stack.worker(argv=POISONED, FAULT_POISON_ID=str(poison), FAULT_DEATHS=str(deaths))
    stakes = Stakes(stack, issue)

    def finished() -> bool:
        if not worker.runs:
            worker.kill()
            stakes.note()
            worker.start()
        return stack.books(issue).state == "finished"

    stack.wait(finished)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails - 1, "uncertain": 1}, verdict
    assert _state(stack, issue, poison) == "uncertain"
    assert issue.readers[poison] not in {entry.recipient for entry in stack.entries()}
    assert 1 <= _lines(deaths) <= MOST_DEATHS
    assert verdict.duplicates <= stakes.total, (stakes.each, verdict)
    assert max(stakes.each) <= 2 * stack.connections + COMMIT_GROUP, stakes.each


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def _state(stack: Stack, issue: Issue, subscriber_id: int) -> str:
    statement = text(
        "SELECT state FROM delivery WHERE edition_id = :edition AND subscriber_id = :subscriber"
    )
    ids = {"edition": issue.edition_id, "subscriber": subscriber_id}
    with stack.runtime.begin() as session:
        return str(session.execute(statement, ids).scalar_one())
