"""A crash at every point at which an audience is written down.

The same edition is produced again and again from the same start, in a database of its own each
time, and dies before each statement of the enrolment and before each commit of the whole. Whoever
comes next finishes it: everybody once, nobody twice. No point is left out, because they are few.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.workflow import advance
from service.devkit import embedded
from service.editions import build, plan
from service.kit.clock import system_clock
from service.kit.db import Begin, make_begin, make_engine
from service.migrations.upgrade import upgrade
from tests.builders import a_newsletter, a_reader, an_article
from tests.faults.stack import SECTIONS, TIMEOUT

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

READERS = 13
STRETCH = 5
COMMITS = ("commit",)
STATEMENTS = ("before_cursor_execute", "commit")
PUBLIC_URL = "http://crieur.test"


class _Crash(BaseException):
    """The process is gone; nothing catches it."""


def test_a_crash_at_any_point_of_enrolment_adds_nobody_twice_and_leaves_nobody_out(
    servers: embedded.Embedded, alone: None
) -> None:
    def work(begin: Begin) -> None:
        complete = False
        while not complete:
            with begin() as session:
                complete = enrol_next_chunk(session, 1, now=system_clock(), chunk_size=STRETCH)

    points = _crash_everywhere(servers, work, frozen=True)

    # Each stretch and the end: a lock, an insert, a mark and a commit at least.
    assert points > READERS // STRETCH * 4


def test_a_crash_at_any_point_of_production_leads_to_the_same_edition(
    servers: embedded.Embedded, alone: None
) -> None:
    def work(begin: Begin) -> None:
        advance.advance_edition(begin, 1, clock=system_clock, public_url=PUBLIC_URL)

    points = _crash_everywhere(servers, work, frozen=False)

    # Chosen, frozen, enrolled, rendered, sending: each is a commit, and so are looks in between.
    assert points >= 5


def _crash_everywhere(
    servers: embedded.Embedded, work: Callable[[Begin], None], *, frozen: bool
) -> int:
    """Try every point; return how many there were."""
    start = f"enrolment_{'frozen' if frozen else 'planned'}"
    _prepare(servers, start, frozen=frozen)
    try:
        for point in count(1):
            with _copy_of(servers, start) as engine:
                begin = make_begin(engine)
                events = STATEMENTS if frozen else COMMITS
                with _crashing_at(engine, point, events) as crashed, suppress(_Crash):
                    work(begin)
                work(begin)
                assert _enrolled(begin) == READERS, f"after a crash at point {point}"
                if not frozen:
                    assert _state(begin) == "sending", f"after a crash at point {point}"
                if not crashed:
                    return point - 1
    finally:
        embedded.drop_database(servers.admin_url, start)
    raise AssertionError("unreachable")


def _prepare(servers: embedded.Embedded, name: str, *, frozen: bool) -> None:
    embedded.create_database(servers.admin_url, name)
    engine = _engine(servers, name)
    upgrade(engine)
    begin = make_begin(engine)
    now = system_clock()
    with begin() as session:
        paper = a_newsletter(session, *SECTIONS, now=now)
        for section in SECTIONS:
            an_article(session, section, seen=now - timedelta(minutes=30))
        for number in range(READERS):
            a_reader(session, paper, now=now, address=f"r{number}@example.org")
        assert plan.plan_now(session, paper.id, now=now).id == 1
    if frozen:
        with begin() as session:
            build.select_articles(session, 1, now=now)
        with begin() as session:
            build.freeze(session, 1, now=now)
    engine.dispose()


@contextmanager
def _copy_of(servers: embedded.Embedded, name: str) -> Iterator[Engine]:
    embedded.create_database(servers.admin_url, f"{name}_copy", template=name)
    engine = _engine(servers, f"{name}_copy")
    try:
        yield engine
    finally:
        engine.dispose()
        embedded.drop_database(servers.admin_url, f"{name}_copy")


def _engine(servers: embedded.Embedded, name: str) -> Engine:
    return make_engine(servers.admin_url.replace("/postgres?", f"/{name}?", 1))


@contextmanager
def _crashing_at(engine: Engine, point: int, events: Sequence[str]) -> Iterator[list[int]]:
    """Die at the event of this number; the list is empty if there were fewer."""
    numbers = count(1)
    crashed: list[int] = []

    def step(*_: Any) -> None:
        if next(numbers) == point:
            crashed.append(point)
            raise _Crash

    for name in events:
        event.listen(engine, name, step)
    try:
        yield crashed
    finally:
        for name in events:
            event.remove(engine, name, step)


def _enrolled(begin: Begin) -> int:
    """Count the readers who are in exactly one batch, and whose batch is of this edition."""
    statement = text("""
        SELECT count(*), count(DISTINCT delivery.subscriber_id), count(batch.id)
        FROM delivery LEFT JOIN batch ON batch.id = delivery.batch_id
          AND batch.edition_id = delivery.edition_id
          AND delivery.subscriber_id BETWEEN batch.first_id AND batch.last_id
        WHERE delivery.edition_id = 1 AND delivery.state = 'pending'
        """)
    with begin() as session:
        rows, readers, covered = session.execute(statement).one()
    assert rows == readers == covered
    return int(rows)


def _state(begin: Begin) -> str:
    with begin() as session:
        return str(session.execute(text("SELECT state FROM edition WHERE id = 1")).scalar_one())
