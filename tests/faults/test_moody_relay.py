"""A relay on a very bad day: a quarter later, some never, resets, silence, garbage.

What must become of each reader follows from a hash of their address, so every single state is
compared, and nobody's address is hurt by what speaks of us (5.7.x).
"""

from collections import Counter

import pytest
from sqlalchemy import text

from tests.fakes.moods import Moment, Mood, mixed
from tests.faults.conftest import MakeStack
from tests.faults.in_process import Hour
from tests.faults.page import books_on_the_page
from tests.faults.stack import CALM_LEASE_SECONDS, TIMEOUT, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

# One reader in a hundred is met with silence, and nobody else waits for those.
CONNECTIONS = 16
AFTER_THE_DOT = {Moment.DOT, Moment.KEPT}


def test_every_reader_of_a_moody_relay_ends_in_the_right_state(
    make_stack: MakeStack, mails: int
) -> None:
    stack = make_stack(connections=CONNECTIONS, lease_seconds=CALM_LEASE_SECONDS)
    issue = stack.an_issue(mails)
    stack.sink.moods("mixed")
    hour = Hour(stack, issue)

    hour.go_on()

    verdict = stack.verdict(issue)
    copies = Counter(entry.recipient for entry in stack.entries())
    wrong = {
        address: (state, copies[address], mixed(address))
        for address, state in _states(stack, issue.edition_id).items()
        if not _is_right(mixed(address), state, copies[address])
    }
    assert wrong == {}
    assert verdict.nothing_lost, verdict
    assert _suppressed(stack) == 0
    assert all(note for note in hour.pauses)
    lines, under_the_line = books_on_the_page(stack, issue)
    assert {name: number for name, number in lines.items() if number} == verdict.states
    assert sum(lines.values()) == under_the_line == mails


def _is_right(mood: Mood, state: str, copies: int) -> bool:
    if mood.kind in {"unknown", "policy"}:
        return state == "refused" and copies == 0
    if mood.kind in {"reset", "hang", "garbage"} and mood.moment in AFTER_THE_DOT:
        # Nobody could know (RFC 1047). What the relay kept was tried once more and came twice.
        silent = int(mood.moment is Moment.KEPT)
        return (state, copies) in {("accepted", 1 + silent), ("uncertain", silent)}
    return state == "accepted" and copies == 1


def _states(stack: Stack, edition_id: int) -> dict[str, str]:
    statement = text("""
        SELECT subscriber.address, delivery.state
        FROM delivery JOIN subscriber ON subscriber.id = delivery.subscriber_id
        WHERE delivery.edition_id = :edition_id
        """)
    with stack.runtime.begin() as session:
        rows = session.execute(statement, {"edition_id": edition_id}).all()
    return {row.address: row.state for row in rows}


def _suppressed(stack: Stack) -> int:
    with stack.runtime.begin() as session:
        return int(session.execute(text("SELECT count(*) FROM suppression")).scalar_one())
