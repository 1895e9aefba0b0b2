"""An operator pauses and resumes an edition twenty times, edits the newsletter, restarts workers.

Two seconds after a pause nothing goes out; after the resume it goes on; nothing is lost, nothing
comes twice, and the edit changes no mail of an edition that is frozen. The relay counts these
seconds, in mails at its own pace: while a busy machine stands still, nothing goes out.
"""

import pytest

from service.editions import control
from service.newsletters import catalogue
from tests.builders import a_draft
from tests.faults.stack import CALM_LEASE_SECONDS, SECTIONS, TIMEOUT, Issue, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]
# No sender dies here.
LEASE_SECONDS = CALM_LEASE_SECONDS

ROUNDS = 20
STILL_AFTER = 2.0


def test_an_edition_survives_twenty_pauses_edits_and_restarts(stack: Stack, mails: int) -> None:
    issue = stack.an_issue(mails)
    pace = stack.last_for(issue, 9)
    stack.scheduler()
    worker = stack.worker()
    late: list[int] = []

    for number in range(ROUNDS):
        goal = mails * number / (ROUNDS + 2)
        stack.sink.wait(lambda sink, goal=goal: sink.kept > goal)  # type: ignore[misc]
        kept = _pause(stack, issue)
        if number % 10 == 5:
            _rename(stack, f"Le Matin {number}")
            assert worker.drain() == 0
            worker.start()
        if number % 10 == 1:
            late.append(_kept_when_still(stack) - kept)
        _resume(stack, issue)
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    entries = stack.entries()
    assert max(late) < STILL_AFTER * pace, late
    assert len({entry.sender for entry in entries}) == 1
    assert verdict.once_each(mails), verdict


def test_a_cancelled_edition_stops_within_two_seconds_and_its_books_are_closed(
    stack: Stack, mails: int
) -> None:
    issue, worker = stack.set_out(mails, seconds=8, share=0.25)
    pace = stack.last_for(issue, 8)

    with stack.runtime.begin() as session:
        control.cancel(session, issue.edition_id, now=stack.runtime.clock())
    kept = stack.sink.kept
    stack.wait(lambda: not stack.books(issue).pending)
    # What was under way has ended with it, so that nothing comes after this look.
    assert worker.drain() == 0

    books, entries = stack.books(issue), stack.entries()
    assert books.balanced
    assert books.accepted == len(entries) == len({entry.recipient for entry in entries})
    assert books.accepted + books.expired == mails
    assert len(entries) - kept < STILL_AFTER * pace


def _pause(stack: Stack, issue: Issue) -> int:
    """Pause; return how many mails the relay had by then."""
    with stack.runtime.begin() as session:
        control.pause(session, issue.edition_id, now=stack.runtime.clock())
    return stack.sink.kept


def _kept_when_still(stack: Stack) -> int:
    """Wait until a second has brought no mail; return how many the relay has."""
    before = -1
    while (kept := stack.sink.kept) > before:
        before = kept
        stack.pause(1)
    return kept


def _resume(stack: Stack, issue: Issue) -> None:
    with stack.runtime.begin() as session:
        control.resume(session, issue.edition_id, now=stack.runtime.clock())


def _rename(stack: Stack, name: str) -> None:
    with stack.runtime.begin() as session:
        draft = a_draft(*SECTIONS, name=name)
        catalogue.edit(session, draft.slug, draft, now=stack.runtime.clock())
