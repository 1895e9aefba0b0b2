"""Sleeping consumers are woken for new messages."""

import threading

from dramatiq.broker import Consumer

from service.boot import Runtime
from service.jobs import outbox
from service.jobs.broker import MAX_POLL_DOUBLINGS, MIN_POLL_SECONDS, send_job
from service.jobs.catalogue import SEND_EDITION
from service.jobs.wakeup_notifications import DISPATCHED
from service.kit import notify
from service.scheduler.daemon import make_dispatcher
from tests.conftest import FakeClock

NEVER = 600_000
"""Milliseconds for which a consumer rests that nobody wakes."""


def test_a_sleeping_consumer_is_woken_for_its_queue(runtime: Runtime) -> None:
    broker = runtime.broker
    broker.declare_queue(SEND_EDITION.queue)
    consumer = broker.consume(SEND_EDITION.queue, prefetch=2, timeout=NEVER)
    heard: list[object] = []
    rests = threading.Event()

    def listen() -> None:
        while not heard:
            rests.set()
            message = next(consumer)
            heard.extend([message] if message is not None else [])

    _exhaust(consumer)
    thread = threading.Thread(target=listen)
    thread.start()
    assert rests.wait(30)
    send_job(broker, SEND_EDITION, {"edition_id": 7})
    while thread.is_alive():
        # It may be between its look and its rest; a woken one looks again.
        broker.wake(SEND_EDITION.queue)
        thread.join(0.1)

    assert [message.kwargs for message in heard] == [{"edition_id": 7}]  # type: ignore[attr-defined]


def test_no_queue_of_delayed_messages_is_polled(runtime: Runtime) -> None:
    runtime.broker.declare_queue("one")

    assert runtime.broker.get_declared_queues() == {"one"}
    assert not runtime.broker.delay_queues


def test_a_dispatch_announces_its_queue_once_redis_has_the_message(
    runtime: Runtime, clock: FakeClock
) -> None:
    with notify.listening(runtime.engine, DISPATCHED) as listener:
        with runtime.begin() as session:
            outbox.enqueue(session, SEND_EDITION.name, {"edition_id": 1}, now=clock())
            outbox.enqueue(session, SEND_EDITION.name, {"edition_id": 2}, now=clock())
        make_dispatcher(runtime).dispatch_due()
        heard = listener.receive(30)

    assert [(each.channel, each.payload) for each in heard] == [(DISPATCHED, SEND_EDITION.queue)]


def _exhaust(consumer: Consumer) -> None:
    """Let it ask so often in vain that it rests for seconds."""
    for _ in range(7):
        assert next(consumer) is None
    assert MIN_POLL_SECONDS * 2**MAX_POLL_DOUBLINGS > 1
