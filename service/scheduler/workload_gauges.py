"""Sets the gauges that show what waits in PostgreSQL and Redis, for scrapes of the scheduler."""

import threading

from service import metrics
from service.boot import Runtime
from service.editions.lifecycle import FINAL, EditionState
from service.jobs.broker import BrokerUnavailable, queue_length
from service.jobs.catalogue import ALL as ALL_JOBS
from service.kit.db import DatabaseUnavailable
from service.kit.log import get_logger
from service.reports.metrics import Workload, measure_workload

log = get_logger(__name__)

INTERVAL_SECONDS = 15.0

FEED_STATES = ("polled", "failing", "paused")
OPEN_STATES = tuple(state.value for state in EditionState if state not in FINAL)


class WorkloadGauges:
    """Gauges that one scheduler sets again and again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        # A relay that has recovered is shown as 0 from then on, and does not vanish.
        self._relays: set[str] = set()

    def update_until(self, stop: threading.Event) -> None:
        """Update every 15 s until `stop`; do nothing where metrics are not exposed."""
        while metrics.OUTBOX_MESSAGES.is_active and not stop.is_set():
            try:
                self.update()
            except DatabaseUnavailable as error:
                log.warning("scheduler.step_failed", step="gauges", error=type(error).__name__)
            except Exception:  # An edge: a thread that died silently would freeze the gauges.
                log.exception("scheduler.step_failed", step="gauges")
            stop.wait(INTERVAL_SECONDS)

    def update(self) -> None:
        """Set every gauge once."""
        with self._runtime.begin() as session:
            workload = measure_workload(session, now=self._runtime.clock())
        self._set(workload)
        self._set_queues()

    def _set(self, workload: Workload) -> None:
        metrics.OUTBOX_MESSAGES.set(workload.outbox_messages)
        metrics.OUTBOX_OLDEST_DUE.set(workload.outbox_oldest_due)
        for state in OPEN_STATES:
            metrics.EDITIONS.set(workload.editions.get(state, 0), state=state)
        metrics.EDITIONS_PAUSED.set(workload.editions_paused)
        metrics.DELIVERIES_PENDING.set(workload.deliveries_pending)
        metrics.OLDEST_DUE_DELIVERY.set(workload.oldest_due_delivery)
        metrics.LEASED_BATCHES.set(workload.leased_batches)
        metrics.EXPIRED_LEASES.set(workload.expired_leases)
        metrics.OLDEST_EXPIRED_LEASE.set(workload.oldest_expired_lease)
        metrics.NOTICES_WAITING.set(workload.notices_waiting)
        metrics.OLDEST_DUE_NOTICE.set(workload.oldest_due_notice)
        metrics.REPORTS_WAITING.set(workload.reports_waiting)
        metrics.REPORT_LAG.set(workload.report_lag)
        for state in FEED_STATES:
            metrics.FEEDS.set(workload.feeds.get(state, 0), state=state)
        self._relays |= workload.unavailable_relays
        for relay in self._relays:
            metrics.RELAY_UNAVAILABLE.set(relay in workload.unavailable_relays, relay=relay)

    def _set_queues(self) -> None:
        try:
            lengths = {job.queue: queue_length(self._runtime.broker, job) for job in ALL_JOBS}
        except BrokerUnavailable as error:
            log.warning("outbox.unreachable", error=type(error).__name__)
            return
        for queue, length in lengths.items():
            metrics.QUEUE_MESSAGES.set(length, queue=queue)
