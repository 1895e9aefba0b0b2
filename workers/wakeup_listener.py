"""Follows wake-ups: large editions that need help, and queues with a new message."""

import threading
from concurrent.futures import Future

from service import metrics
from service.boot import Runtime
from service.jobs import wakeup_notifications
from service.jobs.catalogue import SEND_EDITION
from service.jobs.outbox import JobMessage
from service.kit.log import get_logger
from service.kit.notify import ListenUnavailable
from workers.concurrency import ConcurrencyLimiter, max_editions
from workers.local_executor import LocalExecutor

log = get_logger(__name__)

LISTEN_SECONDS = 1.0
"""How late a process notices that it drains, and how long it waits while the database is away."""


class WakeupListener:
    """The wake-ups that one process follows."""

    def __init__(
        self, runtime: Runtime, executor: LocalExecutor, limiter: ConcurrencyLimiter
    ) -> None:
        self._runtime = runtime
        self._executor = executor
        self._limiter = limiter

    def join_edition(self, edition_id: int) -> Future[None] | None:
        """Start to send; None if this process sends the edition already or has no capacity.

        A wake-up that is not followed loses nothing: its sender continues alone.
        """
        limit = max_editions(self._runtime.settings.worker_threads)
        if not self._limiter.has_capacity(edition_id, limit=limit):
            return None
        return self._executor.submit(
            JobMessage(job=SEND_EDITION.name, args={SEND_EDITION.id_name: edition_id})
        )

    def listen_until(self, stop: threading.Event) -> None:
        """Follow wake-ups until `stop` is set or the database becomes unavailable."""
        broker = self._runtime.broker
        try:
            with wakeup_notifications.listening(self._runtime.engine) as listener:
                # For messages that were dispatched before this process listened.
                broker.wake_all()
                while not stop.is_set():
                    for received in listener.receive(LISTEN_SECONDS):
                        if received.channel == wakeup_notifications.DISPATCHED:
                            metrics.WAKEUPS.inc(kind="queue")
                            broker.wake(received.payload)
                        else:
                            metrics.WAKEUPS.inc(kind="edition")
                            self.join_edition(int(received.payload))
        except ListenUnavailable as error:
            log.warning("worker_wakeup.unreachable", error=type(error).__name__)
