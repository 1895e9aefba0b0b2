"""The sweep: work whose job message was lost is found in PostgreSQL and enqueued again.

Each room knows which of its rows wait for work; the scheduler calls the sweeps of all rooms at
every tick. A message that already waits in the outbox is not enqueued a second time, so that the
outbox is as long as there is work, however long nothing fetches it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from service.jobs import outbox
from service.jobs.broker import BrokerUnavailable, WakeableBroker, queue_length
from service.jobs.catalogue import Job
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

MAX_QUEUE_LENGTH = 200
"""Messages in a queue above which a sweep enqueues no more: the workers are stopped or far behind,
and what waits in PostgreSQL is not lost."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Finds the rows that wait for a job."""

    job: Job
    find: Callable[[Session, datetime], Collection[int]]
    """Returns the ids of rows that have waited so long that their message must be lost."""

    def enqueue_found(self, session: Session, now: datetime) -> None:
        """Enqueue the job for every row found."""
        for found in self.find(session, now):
            outbox.enqueue_once(session, self.job.name, {self.job.id_name: found}, now=now)


class QueueLengths:
    """Tells which queues are full; after one failure the broker is not called again."""

    def __init__(self, broker: WakeableBroker) -> None:
        self._broker = broker
        self._is_unavailable = False

    def is_full(self, job: Job) -> bool:
        """Return whether the job's queue is full; False while the broker is unavailable."""
        if self._is_unavailable:
            return False
        try:
            return queue_length(self._broker, job) >= MAX_QUEUE_LENGTH
        except BrokerUnavailable as error:
            self._is_unavailable = True
            log.warning("outbox.unreachable", error=type(error).__name__)
            return False
