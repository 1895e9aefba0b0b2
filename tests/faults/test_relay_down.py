"""The relay is down for an hour; its readers get their mail when it is back, each once."""

import pytest
from sqlalchemy import text

from tests.faults.in_process import Hour
from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS


def test_an_hour_without_a_relay_delays_everybody_and_costs_nobody_an_attempt(
    stack: Stack, mails: int
) -> None:
    issue = stack.an_issue(mails)
    hour = Hour(stack, issue)
    stack.sink.close()

    for _ in range(12):
        hour.send()
        hour.clock.advance(minutes=5)
    kept_while_down = stack.sink.kept
    stack.sink.open()
    hour.go_on()

    verdict = stack.verdict(issue)
    assert kept_while_down == 0
    assert verdict.once_each(mails), verdict
    assert _most_attempts(stack) == 1


def test_a_relay_that_hangs_up_on_everybody_in_the_middle_of_a_send_is_found_again(
    stack: Stack, mails: int
) -> None:
    issue, worker = stack.set_out(mails, seconds=4, share=0.25)

    stack.sink.close()
    stack.wait(lambda: not stack.books(issue).leased)
    assert worker.drain() == 0
    stack.sink.open()
    hour = Hour(stack, issue)
    hour.clock.advance(minutes=2)
    hour.go_on()

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.duplicates <= stack.connections, verdict
    assert verdict.states["accepted"] >= mails - stack.connections, verdict
    assert verdict.states["accepted"] + verdict.states.get("uncertain", 0) == mails, verdict


def _most_attempts(stack: Stack) -> int:
    with stack.runtime.begin() as session:
        return int(session.execute(text("SELECT max(attempts) FROM delivery")).scalar_one())
