"""One pass over what is due, and what happens when its parts are away."""

from dataclasses import replace
from datetime import timedelta

from structlog.testing import capture_logs

from service.boot import Runtime
from service.delivery.tables import Attempt, SendingOwnership
from service.editions.find import get_edition, recent_editions
from service.editions.lifecycle import EditionState
from service.jobs import outbox
from service.jobs.broker import make_broker, queue_length, send_job
from service.jobs.catalogue import BUILD_EDITION
from service.jobs.sweep import MAX_QUEUE_LENGTH
from service.outcomes.tables import InboundReport
from service.scheduler.daemon import make_dispatcher
from service.scheduler.tick import tick
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock
from workers import build_edition

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def _a_due_slot(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin() as session:
        at = (clock.now + timedelta(minutes=1)).time()
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(at,))
        an_article(session, "Culture", seen=clock())
    clock.advance(minutes=2)


def test_a_due_slot_is_planned_enqueued_and_built(runtime: Runtime, clock: FakeClock) -> None:
    _a_due_slot(runtime, clock)

    tick(runtime)
    assert make_dispatcher(runtime).dispatch_due() >= 1

    assert queue_length(runtime.broker, BUILD_EDITION) >= 1
    with runtime.begin() as session:
        (edition,) = recent_editions(session)
    build_edition.run(runtime, edition_id=edition.id)
    with runtime.begin() as session:
        assert get_edition(session, edition.id).state == EditionState.SENDING


def test_the_next_tick_enqueues_lost_messages_again(runtime: Runtime, clock: FakeClock) -> None:
    _a_due_slot(runtime, clock)
    tick(runtime)
    make_dispatcher(runtime).dispatch_due()
    runtime.redis_store._redis.flushdb()

    clock.advance(seconds=5)
    tick(runtime)
    make_dispatcher(runtime).dispatch_due()

    assert queue_length(runtime.broker, BUILD_EDITION) == 1


def test_a_full_queue_gets_no_sweeps_but_slots_are_planned_all_the_same(
    runtime: Runtime, clock: FakeClock
) -> None:
    for edition_id in range(MAX_QUEUE_LENGTH):
        send_job(runtime.broker, BUILD_EDITION, {"edition_id": edition_id})
    _a_due_slot(runtime, clock)

    tick(runtime)
    make_dispatcher(runtime).dispatch_due()

    with runtime.begin() as session:
        assert len(recent_editions(session)) == 1
    # The job message of the planning itself, and no second one from the sweep.
    assert queue_length(runtime.broker, BUILD_EDITION) == MAX_QUEUE_LENGTH + 1


def test_messages_wait_in_the_outbox_while_redis_is_unavailable(
    runtime: Runtime, clock: FakeClock
) -> None:
    _a_due_slot(runtime, clock)
    away = replace(runtime, broker=make_broker("unix:///nonexistent/valkey.sock"))

    with capture_logs() as told:
        tick(away)

    with runtime.begin() as session:
        (edition,) = recent_editions(session)
    assert [each["event"] for each in told if each["log_level"] == "warning"] == [
        "outbox.unreachable"
    ]
    build_edition.run(runtime, edition_id=edition.id)
    for _ in range(3):
        tick(away)
    # Two pieces of work, however many ticks have found them.
    with runtime.begin() as session:
        messages = [
            (each.job, dict(each.args)) for each in outbox.dequeue_due(session, now=clock())
        ]
    assert sorted(messages) == [
        ("build_edition", {"edition_id": edition.id}),
        ("send_edition", {"edition_id": edition.id}),
    ]


def test_unclassified_refusals_are_enqueued(runtime: Runtime, clock: FakeClock) -> None:
    refusal = Attempt(
        edition_id=7, subscriber_id=1, at=clock(), result="refused", reply="550 5.1.1 Unknown"
    )
    with runtime.begin() as session:
        session.add(refusal)
    clock.advance(minutes=2)

    tick(runtime)

    with runtime.begin() as session:
        enqueued = [(each.job, each.args) for each in outbox.dequeue_due(session, now=clock())]
    assert enqueued == [("record_refusals", {"edition_id": 7})]


def test_a_copy_of_the_database_is_told_of_and_everything_else_goes_on(
    runtime: Runtime, clock: FakeClock
) -> None:
    _a_due_slot(runtime, clock)
    with runtime.begin() as session:
        session.add(SendingOwnership(id=1, cluster="1", database="5/16385", since=clock()))
        session.add(InboundReport(received_at=clock(), channel="smtp", fingerprint="f", raw=b""))
    clock.advance(minutes=2)

    tick(runtime)

    with runtime.begin() as session:
        assert recent_editions(session) == []
        enqueued = [each.job for each in outbox.dequeue_due(session, now=clock())]
    assert enqueued == ["record_outcome"]
