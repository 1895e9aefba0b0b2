"""Sends the outbox's messages to Redis as soon as their transactions have committed."""

import threading
from collections import Counter
from dataclasses import dataclass

from service import metrics
from service.jobs import outbox, wakeup_notifications
from service.jobs.broker import BrokerUnavailable, WakeableBroker, check_reachable, send_job
from service.jobs.catalogue import BY_NAME
from service.kit.clock import Clock
from service.kit.db import Begin, Engine
from service.kit.log import get_logger
from service.kit.notify import ListenUnavailable

log = get_logger(__name__)

LISTEN_SECONDS = 1.0
MIN_WAIT_SECONDS = 0.05
"""Another dispatcher may be sending what is due at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxDispatcher:
    """Moves due messages from the outbox to the broker; any number of them may run."""

    engine: Engine
    begin: Begin
    broker: WakeableBroker
    clock: Clock

    def dispatch_until(self, stop: threading.Event) -> None:
        """Dispatch until `stop` is set; messages stay in PostgreSQL while Redis is unavailable."""
        while not stop.is_set():
            try:
                with outbox.listening(self.engine) as listener:
                    while not stop.is_set():
                        self.dispatch_due()
                        listener.wait(self.seconds_until_next())
            except ListenUnavailable + BrokerUnavailable as error:
                log.warning("outbox.unreachable", error=type(error).__name__)
                stop.wait(LISTEN_SECONDS)
            except Exception:  # An edge: a thread that died silently would dispatch nothing.
                log.exception("scheduler.step_failed", step="dispatch_outbox")
                stop.wait(LISTEN_SECONDS)

    def dispatch_due(self) -> int:
        """Send the due messages and return how many; rows are deleted only if all were sent."""
        # Before any row is locked: workers take what a dispatcher that waits for Redis cannot send.
        check_reachable(self.broker)
        sent: Counter[str] = Counter()
        with self.begin() as session:
            messages = outbox.dequeue_due(session, now=self.clock())
            for message in messages:
                job = BY_NAME.get(message.job)
                if job is not None:
                    send_job(self.broker, job, message.args)
                    # Sent with the commit, once for each queue: idle workers need not poll.
                    wakeup_notifications.announce_dispatched(session, job)
                    sent[job.queue] += 1
        for queue, count in sent.items():
            metrics.MESSAGES_DISPATCHED.inc(count, queue=queue)
        if messages:
            log.debug("outbox.dispatched", count=len(messages))
        return len(messages)

    def seconds_until_next(self) -> float:
        """Return how long to wait for a commit before the outbox is checked again."""
        with self.begin() as session:
            due_at = outbox.next_due_at(session)
        if due_at is None:
            return LISTEN_SECONDS
        seconds = (due_at - self.clock()).total_seconds()
        return min(max(seconds, MIN_WAIT_SECONDS), LISTEN_SECONDS)
