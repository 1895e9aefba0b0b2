"""What waits is counted for gauges, with the age of the oldest."""

from datetime import timedelta

from service.boot import Runtime
from service.jobs import outbox
from service.jobs.catalogue import POLL_FEED
from service.outcomes.tables import InboundReport
from service.reports.metrics import measure_workload
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue


def test_nothing_waits_in_a_new_installation(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin() as session:
        workload = measure_workload(session, now=clock())

    assert (workload.outbox_messages, workload.outbox_oldest_due) == (0, 0.0)
    assert (workload.deliveries_pending, workload.oldest_due_delivery) == (0, 0.0)
    assert workload.unavailable_relays == frozenset()


def test_what_waits_is_counted_and_grows_older(runtime: Runtime, clock: FakeClock) -> None:
    an_issue(runtime.begin, clock, masks=[None, None])
    with runtime.begin() as session:
        outbox.enqueue(session, POLL_FEED.name, {"feed_id": 1}, now=clock())
        session.add(InboundReport(received_at=clock(), channel="smtp", fingerprint="f", raw=b""))
    with runtime.begin() as session:
        before = measure_workload(session, now=clock())

    later = clock.advance(seconds=90)
    with runtime.begin() as session:
        workload = measure_workload(session, now=later)

    assert workload.deliveries_pending == 2
    assert workload.editions == {"sending": 1}
    assert workload.oldest_due_delivery - before.oldest_due_delivery == 90
    assert workload.outbox_oldest_due == 90
    assert (workload.reports_waiting, workload.report_lag) == (1, 90)
    assert workload.leased_batches == workload.expired_leases == 0


def test_a_lease_that_ran_out_is_told_from_one_that_holds(
    runtime: Runtime, clock: FakeClock
) -> None:
    from service.delivery.tables import Batch

    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        for batch in session.query(Batch).filter_by(edition_id=issue.edition_id):
            batch.leased_until = clock() + timedelta(seconds=30)
    with runtime.begin() as session:
        held = measure_workload(session, now=clock())
    with runtime.begin() as session:
        expired = measure_workload(session, now=clock.advance(seconds=40))

    assert (held.leased_batches, held.expired_leases) == (1, 0)
    assert (expired.leased_batches, expired.expired_leases) == (0, 1)
    assert expired.oldest_expired_lease == 10
