"""Workers run job messages that nothing dispatches."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from datetime import timedelta

import dramatiq
import pytest
from structlog.testing import capture_logs

from service.boot import Runtime
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, POLL_FEED, SEND_EDITION, Job
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import an_issue, books
from workers import send_edition
from workers.actor_adapter import adapt_actor
from workers.local_executor import CloseLocalExecutor, LocalExecutor
from workers.outbox_fallback import TICKS_OVERDUE, OutboxFallback
from workers.periodic_thread import PeriodicThread

Actor = Callable[..., None]


@pytest.fixture
def late(runtime: Runtime) -> timedelta:
    """How long a message must be due until it counts as overdue."""
    return timedelta(seconds=TICKS_OVERDUE * runtime.settings.tick_seconds)


@contextmanager
def falling_back(runtime: Runtime, actors: dict[Job, Actor]) -> Iterator[OutboxFallback]:
    executor = LocalExecutor(actors, threads=runtime.settings.worker_threads)
    try:
        yield OutboxFallback(runtime, executor)
    finally:
        executor.close()


def put(runtime: Runtime, job: Job, **args: int) -> None:
    with runtime.begin() as session:
        outbox.enqueue(session, job.name, args, now=runtime.clock())


def waiting(runtime: Runtime) -> int:
    with runtime.begin() as session:
        found = len(outbox.dequeue_due(session, now=runtime.clock()))
        session.rollback()
        return found


def test_an_edition_goes_out_without_valkey_and_without_a_scheduler(
    runtime: Runtime, clock: FakeClock, sink: Sink, late: timedelta
) -> None:
    issue = an_issue(runtime.begin, clock)
    put(runtime, SEND_EDITION, edition_id=issue.edition_id)
    send = adapt_actor(send_edition.run, runtime)

    clock.now += late
    with falling_back(runtime, {SEND_EDITION: send}) as fallback:
        wait(fallback.run_overdue())

    assert len(sink.messages) == 3
    assert books(runtime.begin, issue).state == "finished"


def test_a_message_that_may_still_be_dispatched_is_left_alone(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    put(runtime, BUILD_EDITION, edition_id=1)

    clock.now += late - timedelta(seconds=1)
    with falling_back(runtime, {}) as fallback:
        assert fallback.run_overdue() == []

    assert waiting(runtime) == 1


def test_equal_messages_run_once(runtime: Runtime, clock: FakeClock, late: timedelta) -> None:
    done: list[int] = []
    for feed_id in (7, 7, 8, 7):
        put(runtime, POLL_FEED, feed_id=feed_id)

    def poll(feed_id: int) -> None:
        done.append(feed_id)

    clock.now += late
    with falling_back(runtime, {POLL_FEED: poll}) as fallback:
        assert len(wait(fallback.run_overdue()).done) == 2

    assert sorted(done) == [7, 8]


def test_a_process_without_idle_threads_leaves_messages_to_others(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    go_on = threading.Event()
    threads = runtime.settings.worker_threads
    for feed_id in range(threads):
        put(runtime, POLL_FEED, feed_id=feed_id)
    clock.now += late

    def wait_for(feed_id: int) -> None:
        assert go_on.wait(30), feed_id

    with falling_back(runtime, {POLL_FEED: wait_for}) as busy:
        assert len(busy.run_overdue()) == threads
        put(runtime, POLL_FEED, feed_id=99)
        clock.now += late
        assert busy.run_overdue() == []
        with falling_back(runtime, {POLL_FEED: wait_for}) as idle:
            assert len(idle.run_overdue()) == 1
            go_on.set()


def test_a_job_that_fails_is_logged_and_the_next_one_runs(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    done: list[int] = []

    def poll(feed_id: int) -> None:
        if feed_id == 1:
            raise ValueError("a bad day")
        done.append(feed_id)

    put(runtime, POLL_FEED, feed_id=1)
    put(runtime, POLL_FEED, feed_id=2)
    clock.now += late
    with capture_logs() as told, falling_back(runtime, {POLL_FEED: poll}) as fallback:
        wait(fallback.run_overdue())

    assert done == [2]
    (failed,) = [each for each in told if each["event"] == "worker.job_failed"]
    assert (failed["job"], failed["feed_id"]) == ("poll_feed", 1)


def test_a_worker_checks_while_it_runs_and_waits_for_its_jobs_at_the_end(
    runtime: Runtime, clock: FakeClock, late: timedelta
) -> None:
    begun, stop, done = threading.Event(), threading.Event(), []

    def poll(feed_id: int) -> None:
        begun.set()
        assert stop.wait(30)
        done.append(feed_id)

    put(runtime, POLL_FEED, feed_id=5)
    clock.now += late
    executor = LocalExecutor({POLL_FEED: poll}, threads=1)
    looking = PeriodicThread(
        OutboxFallback(runtime, executor).run_overdue_if_available,
        name="outbox_fallback",
        every=0.01,
        stop=stop,
    )
    worker = dramatiq.Worker(runtime.broker)
    looking.after_worker_boot(runtime.broker, worker)
    assert begun.wait(30)
    stop.set()
    looking.after_worker_shutdown(runtime.broker, worker)
    CloseLocalExecutor(executor).after_worker_shutdown(runtime.broker, worker)

    assert done == [5]
