"""The only module that knows dramatiq's broker: sending a job message, and waking consumers.

Messages carry ids only. Jobs are declared as data (`catalogue`), so that a room can enqueue one
without importing worker code; the actors in `workers/` register under the same names.

dramatiq's consumers poll Redis and sleep up to a second in between. Here a sleeping consumer can
be woken (`WakeableBroker.wake`), so that a new message is fetched without that delay.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import dramatiq
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from redis import RedisError

from service.jobs.catalogue import Job
from service.kit.redis_client import connect_redis

SOCKET_TIMEOUT = 5.0
"""Seconds to wait for an answer of Redis; longer than any blocking call that dramatiq makes."""

MIN_POLL_SECONDS = 0.005
"""Seconds until an idle consumer polls again; doubled each time, up to the consumer's timeout."""

MAX_POLL_DOUBLINGS = 10

BrokerUnavailable = (BrokerConnectionError, RedisError)
"""What calls to the broker raise while Redis is unavailable."""


class WakeableBroker(RedisBroker):
    """dramatiq's Redis broker, with consumers that can be woken."""

    def __init__(self, client: Any) -> None:
        super().__init__(client=client, namespace="crieur")  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped
        self._wake_events: defaultdict[str, threading.Event] = defaultdict(threading.Event)

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without its queue of delayed messages: delays are kept in the outbox.

        This saves two polling threads.
        """
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Return a consumer that can be woken, and otherwise polls every `timeout` ms."""
        # The inner consumer must not sleep itself: nothing could wake it.
        polling = super().consume(queue_name, prefetch, timeout=0)
        return _WakeableConsumer(
            polling, self._wake_events[queue_name], max_sleep_seconds=timeout / 1000
        )

    def wake(self, queue_name: str) -> None:
        """Let the queue's consumer poll immediately."""
        self._wake_events[queue_name].set()

    def wake_all(self) -> None:
        """Let every consumer poll immediately."""
        for event in list(self._wake_events.values()):
            event.set()


class _WakeableConsumer(Consumer):
    """A consumer of dramatiq's whose sleep an event can end."""

    def __init__(
        self, consumer: Consumer, wake_event: threading.Event, *, max_sleep_seconds: float
    ) -> None:
        self._consumer = consumer
        self._wake_event = wake_event
        self._max_sleep_seconds = max_sleep_seconds
        self._misses = 0

    def __next__(self) -> MessageProxy | None:
        # Cleared before polling: a wake-up that comes after the poll is not lost.
        self._wake_event.clear()
        message: MessageProxy | None = next(self._consumer)
        if message is not None:
            self._misses = 0
            return message
        seconds = min(MIN_POLL_SECONDS * 2**self._misses, self._max_sleep_seconds)
        self._misses = min(self._misses + 1, MAX_POLL_DOUBLINGS)
        if self._wake_event.wait(seconds):
            self._misses = 0
        return None

    def ack(self, message: MessageProxy) -> None:
        """Delegate."""
        self._consumer.ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Delegate."""
        self._consumer.nack(message)

    def requeue(self, messages: Any) -> None:
        """Delegate."""
        self._consumer.requeue(messages)

    def close(self) -> None:
        """Delegate."""
        self._consumer.close()


def make_broker(url: str) -> WakeableBroker:
    """Return a broker that connects lazily to Redis or Valkey, with dramatiq's middleware.

    Each process makes one; it becomes the broker with which dramatiq registers actors.
    """
    broker = WakeableBroker(connect_redis(url, SOCKET_TIMEOUT))
    dramatiq.set_broker(broker)
    return broker


def check_reachable(broker: WakeableBroker) -> None:
    """Raise one of `BrokerUnavailable` unless Redis answers."""
    broker.client.ping()


def send_job(broker: WakeableBroker, job: Job, args: Mapping[str, int]) -> None:
    """Put one message into the job's queue."""
    broker.declare_queue(job.queue)
    broker.enqueue(
        dramatiq.Message(
            queue_name=job.queue,
            actor_name=job.name,
            args=(),
            kwargs=dict(args),
            # Correctness never depends on dramatiq's retries: PostgreSQL counts attempts, and the
            # sweep enqueues the work again.
            options={"max_retries": 0},
        )
    )


def queue_length(broker: WakeableBroker, job: Job) -> int:
    """Return how many messages wait in the job's queue."""
    return int(broker.do_qsize(job.queue))
