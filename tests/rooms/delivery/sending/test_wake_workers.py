"""A large edition calls other worker processes, and whoever has a place comes."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

import dramatiq
import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from service.boot import Runtime
from service.delivery.leasing.queries import batches
from service.delivery.sending import wake_workers
from service.jobs.catalogue import SEND_EDITION
from service.jobs.wakeup_notifications import EDITION
from service.kit import notify
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.fakes.ports import a_free_port
from tests.fakes.relay import Relay
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps
from workers import send_edition
from workers.actor_adapter import adapt_actor
from workers.concurrency import ConcurrencyLimiter, max_editions
from workers.local_executor import LocalExecutor
from workers.periodic_thread import PeriodicThread
from workers.wakeup_listener import WakeupListener

MINUTE = timedelta(minutes=1)
AGAIN = 0.05
"""Seconds between two calls of a test that cannot know whether somebody listens already."""
# One that is told to end and still there would be taken for the next one.
CUT = text(
    "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND query = :query"
)


def a_batch_each(begin: Begin, clock: FakeClock, *, readers: int) -> Issue:
    """Return an edition whose readers have a batch each, in nobody's hands."""
    issue = an_issue(begin, clock, masks=[None] * readers)
    with begin() as session:
        whole = batches.claim_due_batch(
            session, edition_id=issue.edition_id, now=clock.now, lease_for=MINUTE, max_crashes=0
        )
        assert whole is not None
        assert batches.split_batch(session, whole, size=1, now=clock.now) == readers
    return issue


def test_a_large_edition_calls_whoever_listens(runtime: Runtime, clock: FakeClock) -> None:
    issue = a_batch_each(runtime.begin, clock, readers=wake_workers.MIN_FREE_BATCHES)

    with (
        notify.listening(runtime.engine, EDITION) as one,
        notify.listening(runtime.engine, EDITION) as other,
    ):
        with runtime.begin() as session:
            assert wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)

        assert one.wait(30) == other.wait(30) == [str(issue.edition_id)]


def test_a_small_edition_calls_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=wake_workers.MIN_FREE_BATCHES - 1)

    with begin() as session:
        assert not wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)


def test_what_is_in_somebodys_hands_calls_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=wake_workers.MIN_FREE_BATCHES)
    with begin() as session:
        batches.claim_due_batch(
            session, edition_id=issue.edition_id, now=clock.now, lease_for=MINUTE, max_crashes=9
        )

    with begin() as session:
        assert not wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)


def heard_while_sending(runtime: Runtime, clock: FakeClock, url: str) -> list[str]:
    """Send to many readers, each in a batch; return the editions that others were called to."""
    issue = a_batch_each(runtime.begin, clock, readers=10 * wake_workers.MIN_FREE_BATCHES)
    heard: list[str] = []
    with notify.listening(runtime.engine, EDITION) as listener:
        send(issue, send_deps(runtime.begin, clock, url, connections=1))
        with runtime.begin() as session:
            notify.notify(session, EDITION, "the end")
        while "the end" not in heard:
            heard += listener.wait(30)
    assert heard.pop() == "the end"
    assert set(heard) <= {str(issue.edition_id)}
    return heard


def test_whoever_gets_mails_away_calls_the_others_once(runtime: Runtime, clock: FakeClock) -> None:
    with Relay() as relay:
        assert len(heard_while_sending(runtime, clock, relay.url)) == 1


def test_nobody_is_called_to_a_relay_that_is_away(runtime: Runtime, clock: FakeClock) -> None:
    """Each would call the others in vain, and they would call back."""
    with a_free_port() as port:
        assert heard_while_sending(runtime, clock, f"smtp://127.0.0.1:{port}") == []


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
