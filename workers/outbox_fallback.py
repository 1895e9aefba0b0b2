"""Runs job messages straight from the outbox when nothing dispatches them.

The scheduler dispatches a message within a moment. One that still waits long after it was due means
that Redis is unavailable or full, or that no scheduler runs. The work is in PostgreSQL all the
same, and so a worker runs it without Redis.
"""

from concurrent.futures import Future
from datetime import timedelta

from service import metrics
from service.boot import Runtime
from service.jobs import outbox
from service.kit.db import DatabaseUnavailable
from service.kit.log import get_logger
from workers.local_executor import LocalExecutor

log = get_logger(__name__)

TICKS_OVERDUE = 2
"""A message is overdue when it has been due for so many of the scheduler's ticks."""

MAX_MESSAGES = 100


class OutboxFallback:
    """Runs the overdue messages that one process finds."""

    def __init__(self, runtime: Runtime, executor: LocalExecutor) -> None:
        self._runtime = runtime
        self._executor = executor

    def run_overdue(self) -> list[Future[None]]:
        """Start the jobs of overdue messages and return their futures.

        Nothing is dequeued while all threads are busy: another process may have idle ones.
        """
        if self._executor.is_full:
            return []
        grace = timedelta(seconds=TICKS_OVERDUE * self._runtime.settings.tick_seconds)
        with self._runtime.begin() as session:
            overdue = self._runtime.clock() - grace
            messages = outbox.dequeue_due(session, now=overdue, limit=MAX_MESSAGES)
        # Equal messages may have been enqueued again and again meanwhile.
        distinct = {(each.job, *sorted(each.args.items())): each for each in messages}.values()
        submitted = [self._executor.submit(each) for each in distinct]
        for each in distinct:
            metrics.FALLBACK_JOBS.inc(job=each.job)
        if submitted:
            log.info("outbox.fallback_used", count=len(submitted))
        return submitted

    def run_overdue_if_available(self) -> None:
        """Run overdue messages, or log that the database is unavailable."""
        try:
            self.run_overdue()
        except DatabaseUnavailable as error:
            log.warning("outbox.unreachable", error=type(error).__name__)
