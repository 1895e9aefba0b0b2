"""A transaction whose connection is lost runs again, unless it was committed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.delivery.async_transactions import AsyncTransactions
from service.kit.db import Begin, Session

LOST = OperationalError("COMMIT", {}, ConnectionResetError("the connection was lost"))

ADD = text("""
    INSERT INTO attempt (edition_id, subscriber_id, at, result, reply)
    VALUES (0, 1, now(), 'refused', '550 no')
    """)
COUNT = text("SELECT count(*) FROM attempt")


def count(begin: Begin) -> int:
    with begin() as session:
        return int(session.execute(COUNT).scalar_one())


class Work:
    """Writes a row, and returns which time it did so."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, session: Session) -> int:
        session.execute(ADD)
        self.times += 1
        return self.times


@contextmanager
def losing_first(begin: Begin, *, committed: bool) -> Iterator[Begin]:
    """Give transactions of which the first loses its connection, before or after its commit."""
    lost = iter([True])

    @contextmanager
    def losing() -> Iterator[Session]:
        is_lost = next(lost, False)
        with begin() as session:
            yield session
            if is_lost and not committed:
                raise LOST
        if is_lost:
            raise LOST

    yield losing


@contextmanager
def committing_late(begin: Begin) -> Iterator[Begin]:
    """Give transactions of which the first is committed only while the third one begins."""
    number = iter(range(1, 100))

    with ExitStack() as first:

        @contextmanager
        def late() -> Iterator[Session]:
            now = next(number)
            if now == 1:
                yield first.enter_context(begin())
                raise LOST
            if now == 3:
                first.close()
            with begin() as session:
                yield session

        yield late


async def test_what_was_lost_before_its_commit_runs_again(begin: Begin) -> None:
    work = Work()

    with losing_first(begin, committed=False) as losing:
        result = await AsyncTransactions(losing).execute(work)

    assert (result, count(begin)) == (2, 1)


async def test_what_was_committed_is_not_repeated_when_only_the_answer_was_lost(
    begin: Begin,
) -> None:
    work = Work()

    with losing_first(begin, committed=True) as losing:
        result = await AsyncTransactions(losing).execute(work)

    assert (result, work.times, count(begin)) == (1, 1, 1)


async def test_a_commit_that_is_still_in_progress_is_waited_for(begin: Begin) -> None:
    work = Work()

    with committing_late(begin) as late:
        result = await AsyncTransactions(late).execute(work)

    assert (result, work.times, count(begin)) == (1, 1, 1)


async def test_other_errors_are_raised_immediately(begin: Begin) -> None:
    def fail(session: Session) -> None:
        session.execute(ADD)
        raise KeyError

    with pytest.raises(KeyError):
        await AsyncTransactions(begin).execute(fail)

    assert count(begin) == 0
