"""Job messages in the caller's transaction."""

import threading
from datetime import timedelta

from service.boot import Runtime
from service.jobs import outbox
from service.kit.db import Begin
from tests.conftest import FakeClock


def test_a_message_is_there_only_if_its_transaction_commits(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        outbox.enqueue(session, "poll_feed", {"feed_id": 1}, now=clock())
        session.rollback()
    with begin() as session:
        outbox.enqueue(session, "poll_feed", {"feed_id": 2}, now=clock())

    with begin() as session:
        (message,) = outbox.dequeue_due(session, now=clock())
        assert message == outbox.JobMessage(job="poll_feed", args={"feed_id": 2})


def test_messages_come_in_order_when_they_are_due_and_once(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        outbox.enqueue(session, "a", {"id": 1}, now=clock(), wait=timedelta(minutes=1))
        outbox.enqueue(session, "b", {"id": 2}, now=clock())
        outbox.enqueue(session, "c", {"id": 3}, now=clock())

    with begin() as session:
        assert [each.job for each in outbox.dequeue_due(session, now=clock())] == ["b", "c"]
    with begin() as session:
        later = clock.advance(minutes=1)
        assert [each.job for each in outbox.dequeue_due(session, now=later)] == ["a"]
        assert outbox.dequeue_due(session, now=later) == []


def test_a_message_that_waits_is_not_enqueued_a_second_time(begin: Begin, clock: FakeClock) -> None:
    second = timedelta(seconds=1)
    with begin() as session:
        for args in ({"id": 1}, {"id": 1}, {"id": 2}):
            outbox.enqueue_once(session, "a", args, now=clock(), wait=second)
        # Another job's, and one that is due earlier than the one that waits.
        outbox.enqueue_once(session, "b", {"id": 1}, now=clock(), wait=second)
        outbox.enqueue_once(session, "a", {"id": 2}, now=clock())

    with begin() as session:
        due = outbox.dequeue_due(session, now=clock.advance(seconds=1))
        assert [(each.job, each.args["id"]) for each in due] == [
            *(("a", 1), ("a", 2), ("b", 1), ("a", 2)),
        ]


def test_a_message_that_is_being_dispatched_does_not_count(begin: Begin, clock: FakeClock) -> None:
    """It may be answered before the caller's work can be seen, and then nobody would come."""
    with begin() as session:
        outbox.enqueue_once(session, "a", {"id": 1}, now=clock())

    with begin() as relay:
        assert len(outbox.dequeue_due(relay, now=clock())) == 1
        with begin() as session:
            outbox.enqueue_once(session, "a", {"id": 1}, now=clock())

    with begin() as session:
        assert len(outbox.dequeue_due(session, now=clock())) == 1


def test_a_message_that_counts_is_there_until_the_caller_has_committed(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        outbox.enqueue_once(session, "a", {"id": 1}, now=clock())

    with begin() as one, begin() as other:
        for each in (one, other):
            outbox.enqueue_once(each, "a", {"id": 1}, now=clock())
        with begin() as relay:
            assert outbox.dequeue_due(relay, now=clock()) == []

    with begin() as relay:
        assert len(outbox.dequeue_due(relay, now=clock())) == 1


def test_two_dispatchers_never_take_the_same_message(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        outbox.enqueue(session, "a", {"id": 1}, now=clock())

    with begin() as one, begin() as other:
        assert len(outbox.dequeue_due(one, now=clock())) == 1
        assert outbox.dequeue_due(other, now=clock()) == []


def test_a_commit_is_heard_immediately(runtime: Runtime, clock: FakeClock) -> None:
    with outbox.listening(runtime.engine) as listener:
        heard = threading.Event()

        def listen() -> None:
            listener.wait(30)
            heard.set()

        thread = threading.Thread(target=listen)
        thread.start()
        with runtime.begin() as session:
            outbox.enqueue(session, "a", {"id": 1}, now=clock())
        assert heard.wait(10)
        thread.join()
