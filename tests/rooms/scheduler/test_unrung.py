"""Doorbells that nobody rings are answered by the workers all the same."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from datetime import timedelta

import dramatiq
import pytest
from structlog.testing import capture_logs

from service import jobs
from service.boot import Runtime
from service.kit import outbox
from service.kit.broker import Job
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.sending import an_issue, books
from workers import send_edition
from workers.aside import Aside, CloseAside
from workers.beside import Beside
from workers.bind import bind
from workers.unrung import TICKS, Unrung

Actor = Callable[..., None]


@pytest.fixture
def late(runtime: Runtime) -> timedelta:
    """When a doorbell is so late that nobody will ring it."""
    return timedelta(seconds=TICKS * runtime.settings.tick_seconds)


@contextmanager
def answering(runtime: Runtime, actors: dict[Job, Actor]) -> Iterator[Unrung]:
    aside = Aside(actors, threads=runtime.settings.worker_threads)
    try:
        yield Unrung(runtime, aside)
    finally:
        aside.close()


def put(runtime: Runtime, job: Job, **args: int) -> None:
    with runtime.begin() as session:
        outbox.put(session, job.name, args, now=runtime.clock())


def waiting(runtime: Runtime) -> int:
    with runtime.begin() as session:
        found = len(outbox.take_due(session, now=runtime.clock()))
        session.rollback()
        return found


def test_an_edition_goes_out_without_valkey_and_without_a_scheduler(
    runtime: Runtime, clock: FakeClock, sink: Sink, late: timedelta
) -> None:
    issue = an_issue(runtime.begin, clock)
    put(runtime, jobs.SEND_EDITION, edition_id=issue.edition_id)
    send = bind(send_edition.run, runtime)

    clock.now += late
    with answering(runtime, {jobs.SEND_EDITION: send}) as here:
        wait(here.answer())

    assert len(sink.messages) == 3
    assert books(runtime.begin, issue).state == "finished"


def test_a_doorbell_that_may_still_be_rung_is_left_alone(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    put(runtime, jobs.BUILD_EDITION, edition_id=1)

    clock.now += late - timedelta(seconds=1)
    with answering(runtime, {}) as here:
        assert here.answer() == []

    assert waiting(runtime) == 1


def test_what_was_put_again_and_again_is_done_once(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    done: list[int] = []
    for feed_id in (7, 7, 8, 7):
        put(runtime, jobs.POLL_FEED, feed_id=feed_id)

    def poll(feed_id: int) -> None:
        done.append(feed_id)

    clock.now += late
    with answering(runtime, {jobs.POLL_FEED: poll}) as here:
        assert len(wait(here.answer()).done) == 2

    assert sorted(done) == [7, 8]


def test_who_has_all_hands_full_leaves_it_to_others(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    go_on = threading.Event()
    threads = runtime.settings.worker_threads
    for feed_id in range(threads):
        put(runtime, jobs.POLL_FEED, feed_id=feed_id)
    clock.now += late

    def wait_for(feed_id: int) -> None:
        assert go_on.wait(30), feed_id

    with answering(runtime, {jobs.POLL_FEED: wait_for}) as busy:
        assert len(busy.answer()) == threads
        put(runtime, jobs.POLL_FEED, feed_id=99)
        clock.now += late
        assert busy.answer() == []
        with answering(runtime, {jobs.POLL_FEED: wait_for}) as idle:
            assert len(idle.answer()) == 1
            go_on.set()


def test_work_that_fails_is_told_of_and_the_next_is_done(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    done: list[int] = []

    def poll(feed_id: int) -> None:
        if feed_id == 1:
            raise ValueError("a bad day")
        done.append(feed_id)

    put(runtime, jobs.POLL_FEED, feed_id=1)
    put(runtime, jobs.POLL_FEED, feed_id=2)
    clock.now += late
    with capture_logs() as told, answering(runtime, {jobs.POLL_FEED: poll}) as here:
        wait(here.answer())

    assert done == [2]
    (failed,) = [each for each in told if each["event"] == "worker.job_failed"]
    assert (failed["job"], failed["feed_id"]) == ("poll_feed", 1)


def test_a_worker_looks_while_it_runs_and_ends_with_what_it_has_begun(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    begun, stop, done = threading.Event(), threading.Event(), []

    def poll(feed_id: int) -> None:
        begun.set()
        assert stop.wait(30)
        done.append(feed_id)

    put(runtime, jobs.POLL_FEED, feed_id=5)
    clock.now += late
    aside = Aside({jobs.POLL_FEED: poll}, threads=1)
    looking = Beside(Unrung(runtime, aside).look, name="unrung", every=0.01, stop=stop)
    worker = dramatiq.Worker(runtime.broker)
    looking.after_worker_boot(runtime.broker, worker)
    assert begun.wait(30)
    stop.set()
    looking.after_worker_shutdown(runtime.broker, worker)
    CloseAside(aside).after_worker_shutdown(runtime.broker, worker)

    assert done == [5]
