"""Readers leave, bounce and are erased while their edition is going out.

Whoever is gone gets nothing more: no mail is accepted more than a second after their request was
committed, however many mails are waiting, and the books call them suppressed. Seconds in which the
machine stands still do not count: the requests themselves tell how long it did.
"""

import time

import pytest

from service.audience import erase, suppress, unsubscribe
from service.audience.address import parse_address
from service.audience.reader_token import ReaderToken
from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, Issue, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS

GRACE = 1.0


def test_nobody_gets_a_mail_a_second_after_they_have_left(stack: Stack, mails: int) -> None:
    leavers = min(1_000, mails // 5)
    issue = stack.an_issue(mails)
    stack.last_for(issue, 10)
    stack.scheduler()
    stack.worker("worker-1")
    stack.worker("worker-2")
    gone_at: dict[str, float] = {}
    slowest = 0.0
    going = stack.dice.sample(sorted(issue.readers), leavers)
    ways = (_unsubscribe, _bounce, _erase)

    def one_leaves() -> None:
        nonlocal slowest
        for _ in range(max(1, leavers // 100)):
            if going:
                number = len(going)
                subscriber_id = going.pop()
                began = time.monotonic()
                ways[number % len(ways)](stack, issue, subscriber_id)
                gone_at[issue.readers[subscriber_id]] = time.monotonic()
                slowest = max(slowest, time.monotonic() - began)

    stack.disturb(issue, one_leaves, every=0.06, until=0.75)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    late = {
        entry.recipient: entry.at - gone_at[entry.recipient]
        for entry in stack.entries()
        if entry.recipient in gone_at and entry.at > gone_at[entry.recipient] + GRACE + slowest
    }
    assert late == {}
    assert verdict.nothing_lost, verdict
    assert verdict.duplicates == 0, verdict
    assert verdict.states["accepted"] + verdict.states["suppressed"] == mails, verdict
    assert len(gone_at) >= verdict.states["suppressed"] > len(gone_at) / 10, verdict


def _unsubscribe(stack: Stack, issue: Issue, subscriber_id: int) -> None:
    reader = ReaderToken(
        newsletter_id=issue.newsletter_id,
        edition_id=issue.edition_id,
        subscriber_id=subscriber_id,
    )
    with stack.runtime.begin() as session:
        unsubscribe.end_subscription(
            session, reader, by=unsubscribe.EndedBy.ONE_CLICK, now=stack.runtime.clock()
        )


def _bounce(stack: Stack, issue: Issue, subscriber_id: int) -> None:
    with stack.runtime.begin() as session:
        suppress.suppress(
            session,
            subscriber_id=subscriber_id,
            reason="hard_bounce",
            now=stack.runtime.clock(),
            keyring=stack.runtime.keyring,
        )


def _erase(stack: Stack, issue: Issue, subscriber_id: int) -> None:
    with stack.runtime.begin() as session:
        erase.erase(
            session,
            parse_address(issue.readers[subscriber_id]),
            now=stack.runtime.clock(),
            keyring=stack.runtime.keyring,
        )
