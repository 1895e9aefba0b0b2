"""From the outbox to Redis: what is due, once it can be reached, and how soon."""

import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from service.boot import Runtime
from service.jobs import outbox, outbox_dispatcher
from service.jobs.broker import BrokerUnavailable, make_broker, queue_length
from service.jobs.catalogue import BUILD_EDITION
from service.scheduler.daemon import make_dispatcher
from tests.conftest import FakeClock


def test_what_is_due_goes_to_its_queue_and_the_rest_stays(
    runtime: Runtime, clock: FakeClock
) -> None:
    """A job that only a newer version knows is passed over: nothing behind it may wait for it."""
    with runtime.begin() as session:
        outbox.enqueue(session, "a_job_of_the_next_version", {"id": 1}, now=clock.now)
        outbox.enqueue(session, BUILD_EDITION.name, {"edition_id": 1}, now=clock.now)
        outbox.enqueue(
            session, BUILD_EDITION.name, {"edition_id": 2}, now=clock.now, wait=timedelta(minutes=1)
        )

    assert make_dispatcher(runtime).dispatch_due() == 2
    assert make_dispatcher(runtime).dispatch_due() == 0

    assert queue_length(runtime.broker, BUILD_EDITION) == 1
    clock.advance(minutes=1)
    assert make_dispatcher(runtime).dispatch_due() == 1


def test_a_dispatcher_that_waits_for_redis_locks_no_message(
    runtime: Runtime, clock: FakeClock
) -> None:
    """Workers run what is overdue from the outbox, and must find it there."""
    with runtime.begin() as session:
        outbox.enqueue(session, BUILD_EDITION.name, {"edition_id": 1}, now=clock())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deaf = replace(runtime, broker=make_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}"))
        thread = threading.Thread(target=_try_to_dispatch, args=(deaf,))
        thread.start()
        caller, _ = silent.accept()
        with caller:
            assert caller.recv(1)
            with runtime.begin() as session:
                assert len(outbox.dequeue_due(session, now=clock())) == 1
    thread.join()


def _try_to_dispatch(runtime: Runtime) -> None:
    with pytest.raises(BrokerUnavailable):
        make_dispatcher(runtime).dispatch_due()


def test_the_dispatcher_waits_until_the_next_message_is_due(
    runtime: Runtime, clock: FakeClock
) -> None:
    """No later than that, and not in a loop that asks PostgreSQL all the time."""
    assert make_dispatcher(runtime).seconds_until_next() == outbox_dispatcher.LISTEN_SECONDS

    for wait, rest in (
        (60, outbox_dispatcher.LISTEN_SECONDS),
        (0.3, 0.3),
        (0, outbox_dispatcher.MIN_WAIT_SECONDS),
    ):
        with runtime.begin() as session:
            outbox.enqueue(
                session,
                BUILD_EDITION.name,
                {"edition_id": 1},
                now=clock.now,
                wait=timedelta(seconds=wait),
            )
        assert make_dispatcher(runtime).seconds_until_next() == rest
