"""An operator pauses and resumes an edition twenty times, edits the newsletter, restarts workers.

Two seconds after a pause nothing goes out; after the resume it goes on; nothing is lost, nothing
comes twice, and the edit changes no mail of an edition that is frozen.
"""

import time

import pytest

from service.editions import desk
from service.newsletters import catalogue
from tests.builders import a_draft
from tests.faults.stack import SECTIONS, TIMEOUT, Issue, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

ROUNDS = 20
STILL_AFTER = 2.0


def test_an_edition_survives_twenty_pauses_edits_and_restarts(stack: Stack, mails: int) -> None:
    issue = stack.an_issue(mails)
    stack.last_for(issue, 9)
    stack.scheduler()
    worker = stack.worker()
    still: list[tuple[float, float]] = []

    for number in range(ROUNDS):
        goal = mails * number / (ROUNDS + 2)
        stack.sink.wait(lambda sink, goal=goal: sink.kept > goal)  # type: ignore[misc]
        began = _pause(stack, issue)
        if number % 10 == 5:
            _rename(stack, f"Le Matin {number}")
            assert worker.drain() == 0
            worker.start()
        if number % 10 == 1:
            stack.pause(STILL_AFTER + 1)
        still.append((began + STILL_AFTER, _resume(stack, issue)))
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    entries = stack.entries()
    assert [
        entry for entry in entries if any(began < entry.at < ended for began, ended in still)
    ] == []
    assert sum(ended > began for began, ended in still) >= 2
    assert len({entry.sender for entry in entries}) == 1
    assert verdict.once_each(mails), verdict


def test_a_cancelled_edition_stops_within_two_seconds_and_its_books_are_closed(
    stack: Stack, mails: int
) -> None:
    issue, worker = stack.set_out(mails, seconds=8, share=0.25)

    with stack.runtime.begin() as session:
        desk.cancel(session, issue.edition_id, now=stack.runtime.clock())
    cancelled = time.monotonic()
    stack.wait(lambda: not stack.books(issue).pending)
    # What was under way has ended with it, so that nothing comes after this look.
    assert worker.drain() == 0

    books, entries = stack.books(issue), stack.entries()
    assert books.balanced
    assert books.accepted == len(entries) == len({entry.recipient for entry in entries})
    assert books.accepted + books.expired == mails
    assert max(entry.at for entry in entries) < cancelled + STILL_AFTER


def _pause(stack: Stack, issue: Issue) -> float:
    with stack.runtime.begin() as session:
        desk.pause(session, issue.edition_id, now=stack.runtime.clock())
    return time.monotonic()


def _resume(stack: Stack, issue: Issue) -> float:
    at = time.monotonic()
    with stack.runtime.begin() as session:
        desk.resume(session, issue.edition_id, now=stack.runtime.clock())
    return at


def _rename(stack: Stack, name: str) -> None:
    with stack.runtime.begin() as session:
        draft = a_draft(*SECTIONS, name=name)
        catalogue.edit(session, draft.slug, draft, now=stack.runtime.clock())
