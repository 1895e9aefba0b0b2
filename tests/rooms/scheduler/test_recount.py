"""Readers are counted beside the ticks, and a count that fails is tried again later."""

import threading
from dataclasses import replace

from sqlalchemy import select, text
from structlog.testing import capture_logs

from service.audience import count_subscribers
from service.audience.tables import StoredSubscriberCounts
from service.boot import Runtime
from service.kit.db import make_begin, make_engine
from service.scheduler import recount
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock


class Rests(threading.Event):
    """Time that passes at once: notes every rest and stops what rests after some of them."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.taken: list[float] = []
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        """Note the rest."""
        self.taken.append(timeout or 0)
        if len(self.taken) == self._most:
            self.set()
        return self.is_set()


def kept(runtime: Runtime) -> list[StoredSubscriberCounts]:
    with runtime.begin() as session:
        return list(session.scalars(select(StoredSubscriberCounts)))


def test_readers_are_counted_and_the_count_is_kept(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=clock()), now=clock())
    stop = Rests(1)

    recount.recount_until_stopped(runtime, stop)

    (found,) = kept(runtime)
    assert (found.subscriptions, found.counted_at) == (1, clock())
    assert stop.taken[0] >= count_subscribers.MIN_PAUSE.total_seconds()


def test_a_count_that_fails_is_told_of_and_tried_again(runtime: Runtime) -> None:
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    away = replace(runtime, engine=engine, begin=make_begin(engine))
    stop = Rests(3)

    with capture_logs() as told:
        recount.recount_until_stopped(away, stop)

    failed = [each for each in told if each["event"] == "scheduler.step_failed"]
    assert [each["step"] for each in failed] == ["recount"] * 3
    assert {each["log_level"] for each in failed} == {"warning"}


def test_a_fault_of_ours_does_not_end_the_counting(runtime: Runtime) -> None:
    with runtime.begin() as session:
        session.execute(text("ALTER TABLE headcount RENAME TO elsewhere"))
    stop = Rests(2)

    with capture_logs() as told:
        recount.recount_until_stopped(runtime, stop)

    failed = [each["log_level"] for each in told if each["event"] == "scheduler.step_failed"]
    assert failed == ["error", "error"]
