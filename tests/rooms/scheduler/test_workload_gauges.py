"""Gauges show what waits in PostgreSQL and Redis, each time that they are updated."""

import pytest
from prometheus_client import CollectorRegistry

from service import metrics
from service.boot import Runtime
from service.jobs.catalogue import SEND_EDITION
from service.scheduler.workload_gauges import WorkloadGauges
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue

GAUGES = (metrics.EDITIONS, metrics.DELIVERIES_PENDING, metrics.QUEUE_MESSAGES)


@pytest.fixture
def shown() -> CollectorRegistry:
    registry = CollectorRegistry()
    for gauge in GAUGES:
        gauge.attach(registry)
    return registry


def test_an_update_sets_what_waits_now(
    runtime: Runtime, clock: FakeClock, shown: CollectorRegistry
) -> None:
    gauges = WorkloadGauges(runtime)

    gauges.update()
    before = shown.get_sample_value("crieur_deliveries_pending")
    an_issue(runtime.begin, clock, masks=[None, None])
    gauges.update()

    assert before == 0
    assert shown.get_sample_value("crieur_deliveries_pending") == 2
    assert shown.get_sample_value("crieur_editions", {"state": "sending"}) == 1
    assert shown.get_sample_value("crieur_editions", {"state": "planned"}) == 0
    assert shown.get_sample_value("crieur_queue_messages", {"queue": SEND_EDITION.queue}) == 0


def test_gauges_may_be_updated_where_none_is_exposed(runtime: Runtime) -> None:
    """They record nothing then, and it is no error."""
    WorkloadGauges(runtime).update()

    assert not metrics.OUTBOX_OLDEST_DUE.is_active
