"""A process comes when it is called, if it has room, and listens again after an outage."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

import dramatiq
import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from service.boot import Runtime
from service.delivery.sending import wake_workers
from service.jobs import wakeup_notifications
from service.jobs.broker import SOCKET_TIMEOUT, WakeableBroker
from service.jobs.catalogue import SEND_EDITION, SEND_NOTICE
from service.jobs.wakeup_notifications import EDITION
from service.kit.redis_client import connect_redis
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import Issue, books
from tests.rooms.delivery.sending.test_wake_workers import a_batch_each
from workers import send_edition
from workers.actor_adapter import adapt_actor
from workers.concurrency import ConcurrencyLimiter, max_editions
from workers.local_executor import LocalExecutor
from workers.periodic_thread import PeriodicThread
from workers.wakeup_listener import WakeupListener

AGAIN = 0.05
"""Seconds between two calls of a test that cannot know whether somebody listens already."""
# One that is told to end and still there would be taken for the next one.
CUT = text(
    "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND query = :query"
)


def test_whoever_is_at_it_or_has_no_place_does_not_come(runtime: Runtime) -> None:
    executor, limiter = LocalExecutor({}, threads=1), ConcurrencyLimiter()
    listener = WakeupListener(runtime, executor, limiter)
    limit = max_editions(runtime.settings.worker_threads)

    with limiter.acquire(1, limit=limit):
        assert listener.join_edition(1) is None
        assert listener.join_edition(2) is not None
    with ExitStack() as taken:
        for each in range(limit):
            taken.enter_context(limiter.acquire(each, limit=limit))
        assert listener.join_edition(limit) is None
    # A call that is not followed takes nobody's place away.
    assert not limiter.is_contended()
    executor.close()


@contextmanager
def following(runtime: Runtime) -> Iterator[None]:
    """Let this process follow calls, as a worker does."""
    executor = LocalExecutor(
        {SEND_EDITION: adapt_actor(send_edition.run, runtime)},
        threads=runtime.settings.worker_threads,
    )
    stop = threading.Event()
    listener = WakeupListener(runtime, executor, ConcurrencyLimiter())
    follow = PeriodicThread(
        partial(listener.listen_until, stop), name="wakeups", every=AGAIN, stop=stop
    )
    worker = dramatiq.Worker(runtime.broker)
    follow.after_worker_boot(runtime.broker, worker)
    try:
        yield
    finally:
        stop.set()
        follow.after_worker_shutdown(runtime.broker, worker)
        executor.close()


def call_until_finished(runtime: Runtime, clock: FakeClock, issue: Issue) -> None:
    again = threading.Event()
    while books(runtime.begin, issue).state != "finished":
        with runtime.begin() as session:
            wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)
        again.wait(AGAIN)


def test_a_process_comes_when_it_is_called_and_sends(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    issue = a_batch_each(runtime.begin, clock, readers=wake_workers.MIN_FREE_BATCHES)

    with following(runtime):
        call_until_finished(runtime, clock, issue)

    assert len(sink.messages) == wake_workers.MIN_FREE_BATCHES


@pytest.mark.parametrize("times", [1, 2])
def test_who_listens_begins_again_when_the_connection_dies(
    runtime: Runtime, clock: FakeClock, sink: Sink, times: int
) -> None:
    issue = a_batch_each(runtime.begin, clock, readers=wake_workers.MIN_FREE_BATCHES)
    again = threading.Event()

    with capture_logs() as told, following(runtime):
        for _ in range(times):
            while not _cut_listeners(runtime.engine):
                again.wait(AGAIN)
        call_until_finished(runtime, clock, issue)

    assert len(sink.messages) == wake_workers.MIN_FREE_BATCHES
    assert [each["event"] for each in told].count("worker_wakeup.unreachable") == times


def _cut_listeners(engine: Engine) -> int:
    """Return how many listening connections of this database were ended."""
    with engine.begin() as connection:
        return int(connection.scalar(CUT, {"query": f'LISTEN "{EDITION}"'}) or 0)


class NotedWakes(WakeableBroker):
    """Tells which queue's consumers were woken first, besides waking them."""

    def __init__(self, url: str) -> None:
        super().__init__(connect_redis(url, SOCKET_TIMEOUT))
        self.first = ""
        self.is_woken = threading.Event()

    def wake(self, queue_name: str) -> None:
        """Note the queue and wake."""
        self.first = self.first or queue_name
        super().wake(queue_name)
        self.is_woken.set()


def test_a_message_that_was_dispatched_wakes_the_consumers_of_its_queue(
    runtime: Runtime, redis_url: str
) -> None:
    """They poll rarely while nothing comes, and somebody waits for a confirmation message."""
    broker = NotedWakes(redis_url)

    with following(replace(runtime, broker=broker)):
        for _ in range(600):
            with runtime.begin() as session:
                wakeup_notifications.announce_dispatched(session, SEND_NOTICE)
            if broker.is_woken.wait(AGAIN):
                break

    assert broker.first == SEND_NOTICE.queue
