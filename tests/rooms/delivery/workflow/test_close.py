"""A cancelled edition's books: what nobody has handed over ends, some at a time."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from service.delivery.progress.queries import counters
from service.delivery.workflow.close import expire_cancelled, finish_or_wake
from service.delivery.workflow.queries import editions as queries
from service.editions import control
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue, abandon, an_issue, books, rows, scatter

WHO = 9


def a_cancelled_issue(begin: Begin, clock: FakeClock) -> Issue:
    """Return one with three batches of three: the last is leased, one waits, one is in doubt."""
    issue = an_issue(begin, clock, masks=[None] * WHO)
    readers = list(issue.readers.values())
    with begin() as session:
        session.execute(text("DELETE FROM batch"))
        for first in range(0, WHO, 3):
            session.execute(
                text(
                    "WITH made AS (INSERT INTO batch (edition_id, first_id, last_id, due_at) "
                    "VALUES (:edition, :first, :last, :now) RETURNING id) "
                    "UPDATE delivery SET batch_id = made.id FROM made "
                    "WHERE subscriber_id BETWEEN :first AND :last"
                ),
                {
                    "edition": issue.edition_id,
                    "first": readers[first],
                    "last": readers[first + 2],
                    "now": clock.now,
                },
            )
        session.execute(
            text(
                "UPDATE delivery SET state = 'deferred', next_at = :later "
                "WHERE subscriber_id = :one"
            ),
            {"one": readers[0], "later": clock.now + timedelta(hours=1)},
        )
        session.execute(
            text("UPDATE delivery SET doubts = 1, revision = 1 WHERE subscriber_id = :one"),
            {"one": readers[1]},
        )
        session.execute(
            text(
                "UPDATE batch SET fence = 1, leased_until = clock_timestamp() + interval '1 hour' "
                "WHERE first_id = :first"
            ),
            {"first": readers[6]},
        )
        control.cancel(session, issue.edition_id, now=clock.now)
    return issue


@pytest.mark.parametrize("scattered", [False, True])
@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_what_is_left_ends_in_small_steps_and_what_somebody_holds_does_not(
    begin: Begin, clock: FakeClock, at_once: int, *, scattered: bool
) -> None:
    issue = a_cancelled_issue(begin, clock)
    if scattered:
        scatter(begin)

    ended: Counter[str] = Counter()
    uncertain: Counter[int | None] = Counter()
    steps, goes_on = 0, True
    while goes_on:
        with begin() as session:
            by_revision, goes_on = queries.expire_cancelled(
                session, edition_id=issue.edition_id, now=clock.now, batches=at_once, rows=at_once
            )
            for revision, some in by_revision.items():
                counters.add_counts(
                    session, issue.edition_id, some, now=clock.now, revision=revision
                )
                ended += some
                uncertain[revision] += some["uncertain"]
        steps += 1
        assert sum(some.total() for some in by_revision.values()) <= at_once * 3 + at_once

    assert ended == {"expired": 5, "uncertain": 1}
    assert +uncertain == {1: 1}, "by the revision that its message had"
    # Who finds as many as may be asks once more.
    assert steps == {1: 3, 2: 2, 50: 1}[at_once]
    found = [(row.state, row.reason, row.next_at is None) for row in rows(begin, issue)]
    assert found == [
        ("expired", "cancelled", True),
        ("uncertain", "cancelled", True),
        *[("expired", "cancelled", True)] * 4,
        *[("pending", None, True)] * 3,
    ]
    assert books(begin, issue).balanced


def test_an_edition_that_was_not_cancelled_loses_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)

    expire_cancelled(begin, issue.edition_id, clock=clock, stop=lambda: False)

    assert [row.state for row in rows(begin, issue)] == ["pending"] * 3


def test_a_process_that_drains_leaves_the_rest_to_the_next_one(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_cancelled_issue(begin, clock)
    abandon(begin)

    expire_cancelled(begin, issue.edition_id, clock=clock, stop=lambda: True)
    before = books(begin, issue)
    expire_cancelled(begin, issue.edition_id, clock=clock, stop=lambda: False)
    with begin() as session:
        finish_or_wake(session, issue.edition_id, now=clock.now, wake_in=None)
    after = books(begin, issue)

    assert before.settled == 0
    assert (after.settled, after.pending, after.leased) == (WHO, 0, 0)
    assert after.balanced


def test_the_books_are_closed_however_long_nobody_worked_after_the_cancel(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
    clock.advance(days=30)

    with begin() as session:
        assert queries.due_editions(session, now=clock.now) == [issue.edition_id]
    expire_cancelled(begin, issue.edition_id, clock=clock, stop=lambda: False)

    with begin() as session:
        assert queries.due_editions(session, now=clock.now) == []
    found = books(begin, issue)
    assert (found.expired, found.pending) == (3, 0)
