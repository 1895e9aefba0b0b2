"""Whoever renders an edition is killed or frozen in the middle; another one goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text

from service.boot import Runtime
from service.config import child_environment
from service.delivery.workflow import advance
from service.editions.find import get_edition
from service.kit.db import Begin
from service.rendering import queries
from tests.conftest import FakeClock
from tests.faults.stack import TIMEOUT
from tests.rooms.delivery.harness import POST, abandon_build, an_issue, states

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

BUILDER = """
import sys
from datetime import datetime, UTC
from service.delivery.workflow import advance
from service.kit.db import make_begin, make_engine

begin = make_begin(make_engine(sys.argv[1]))
clock = lambda: datetime.fromisoformat(sys.argv[3])
advance.advance_edition(begin, int(sys.argv[2]), clock=clock, public_url=sys.argv[4])
"""


@contextmanager
def a_builder(engine: Engine, edition_id: int, clock: FakeClock) -> Iterator[subprocess.Popen[str]]:
    """Let another process carry the edition on."""
    url = engine.url.render_as_string(hide_password=False)
    words = [url, str(edition_id), clock.now.isoformat(), POST.public_url]
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILDER, *words],
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield builder
    finally:
        builder.kill()
        builder.communicate()


def wait_for_its_parts(engine: Engine) -> None:
    """Return when somebody waits to store the first parts."""
    waits = text("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INTO part%'
        """)
    until = time.monotonic() + 60
    with engine.connect() as connection:
        while not connection.execute(waits).scalar_one():
            connection.rollback()
            assert time.monotonic() < until, "nobody has rendered anything"
            time.sleep(0.05)


def end_its_transaction(engine: Engine) -> None:
    """End an open transaction that stores parts, as PostgreSQL does by itself after ten seconds."""
    end = text("""
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%INTO part%'
          AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
        """)
    left = text("""
        SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = pg_locks.relation
        WHERE pg_class.relname = 'part' AND pg_locks.mode = 'RowExclusiveLock'
          AND pg_locks.pid <> pg_backend_pid()
          AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """)
    until = time.monotonic() + 60
    while True:
        # A transaction each: one sees the same activity from its beginning to its end.
        with engine.begin() as connection:
            connection.execute(end)
        with engine.begin() as connection:
            if not connection.execute(left).scalar_one():
                return
        assert time.monotonic() < until, "its transaction does not end"
        time.sleep(0.05)


def test_a_killed_builder_is_followed_by_the_next_and_nothing_is_done_twice(
    runtime: Runtime, begin: Begin, clock: FakeClock
) -> None:
    engine = runtime.engine
    issue = an_issue(begin, clock, produced=False)
    with engine.connect() as wall, a_builder(engine, issue.edition_id, clock) as builder:
        # It cannot store what it has rendered, and dies with it in its hands.
        wall.execute(text("LOCK TABLE part IN EXCLUSIVE MODE"))
        wait_for_its_parts(engine)
        builder.kill()
        builder.wait()
        wall.rollback()

    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)
    with begin() as session:
        assert get_edition(session, issue.edition_id).state == "frozen", "its lease holds"
    abandon_build(begin)
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        assert get_edition(session, issue.edition_id).state == "sending"
        assert len(queries.parts(session, issue.edition_id, 1)) == 4
    assert states(begin, issue) == ["pending"] * 3


def test_a_frozen_builder_that_comes_back_changes_nothing(
    runtime: Runtime, begin: Begin, clock: FakeClock
) -> None:
    engine = runtime.engine
    issue = an_issue(begin, clock, produced=False)
    with a_builder(engine, issue.edition_id, clock) as builder:
        with engine.connect() as wall:
            wall.execute(text("LOCK TABLE part IN EXCLUSIVE MODE"))
            wait_for_its_parts(engine)
            assert builder.pid is not None
            os.kill(builder.pid, signal.SIGSTOP)
            # Its statement ends; its transaction stays open until the database gives up on it.
            wall.rollback()
        end_its_transaction(engine)
        abandon_build(begin)
        advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)
        with begin() as session:
            before = {part.html for part in queries.parts(session, issue.edition_id, 1)}

        os.kill(builder.pid, signal.SIGCONT)
        builder.wait(60)

    with begin() as session:
        assert {part.html for part in queries.parts(session, issue.edition_id, 1)} == before
        assert get_edition(session, issue.edition_id).state == "sending"
    assert states(begin, issue) == ["pending"] * 3
