"""Work whose message was lost is found again, and no queue is filled without end."""

from service.boot import Runtime
from service.jobs import outbox
from service.jobs.broker import make_broker, send_job
from service.jobs.catalogue import POLL_FEED, SEND_EDITION
from service.jobs.sweep import MAX_QUEUE_LENGTH, QueueLengths, Sweep
from service.kit.db import Begin
from tests.conftest import FakeClock


def test_each_row_that_waits_gets_one_message(begin: Begin, clock: FakeClock) -> None:
    sweep = Sweep(POLL_FEED, lambda _session, _now: [7, 9])
    for _ in range(2):
        with begin() as session:
            sweep.enqueue_found(session, clock())

    with begin() as session:
        due = outbox.dequeue_due(session, now=clock())
    assert [(each.job, each.args) for each in due] == [
        (POLL_FEED.name, {POLL_FEED.id_name: 7}),
        (POLL_FEED.name, {POLL_FEED.id_name: 9}),
    ]


def test_a_queue_is_full_from_its_limit_on_and_the_others_are_not(runtime: Runtime) -> None:
    broker = runtime.broker
    for job in (POLL_FEED, SEND_EDITION):
        broker.declare_queue(job.queue)
    for number in range(MAX_QUEUE_LENGTH - 1):
        send_job(broker, SEND_EDITION, {"edition_id": number})
    before = QueueLengths(broker).is_full(SEND_EDITION)

    send_job(broker, SEND_EDITION, {"edition_id": MAX_QUEUE_LENGTH})

    assert not before
    assert QueueLengths(broker).is_full(SEND_EDITION)
    assert not QueueLengths(broker).is_full(POLL_FEED)


def test_while_the_broker_is_unavailable_no_queue_is_full() -> None:
    lengths = QueueLengths(make_broker("redis://127.0.0.1:1/0"))

    assert [lengths.is_full(job) for job in (SEND_EDITION, POLL_FEED)] == [False, False]
