"""The dramatiq door: a job's name, its queue, and ringing it.

Messages carry ids only. Jobs are declared as data so that who rings needs no worker code; the
actors in `workers/` register under the same names.

dramatiq's consumers ask Redis again and again, and sleep up to a second in between. Here somebody
who has heard of a ring wakes them (`Bells.wake`), and nobody waits for the second to end.
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

from service.kit.job import Job as Job  # noqa: PLC0414  Whoever rings names it from here.
from service.kit.redis_client import connect

PATIENCE = 5.0
"""Seconds to wait for Redis, at most; no call of dramatiq's waits inside it."""

RUNG = "crieur_rung"
"""Where whoever rings says in which queue (`service.kit.notify`), once Redis has the message."""

FIRST_LOOK = 0.005
"""Seconds after which an idle consumer asks again; each time twice as many, up to a second."""

MOST_DOUBLINGS = 10

BrokerAway = (BrokerConnectionError, RedisError)
"""What ringing raises when Redis is not there."""


class Bells(RedisBroker):
    """Redis, with consumers that can be woken."""

    def __init__(self, client: Any) -> None:
        super().__init__(client=client, namespace="crieur")  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped
        self._bells: defaultdict[str, threading.Event] = defaultdict(threading.Event)

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without its queue of delayed messages: the outbox is what waits.

        Two threads less that ask Redis again and again.
        """
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Return a consumer that waits for its bell, and asks every `timeout` ms without it."""
        # It must not sleep itself: nothing could wake it.
        asleep = super().consume(queue_name, prefetch, timeout=0)
        return _Wakeable(asleep, self._bells[queue_name], longest=timeout / 1000)

    def wake(self, queue_name: str) -> None:
        """Let the queue's consumer ask at once."""
        self._bells[queue_name].set()

    def wake_all(self) -> None:
        """Let every consumer ask at once."""
        for bell in list(self._bells.values()):
            bell.set()


class _Wakeable(Consumer):
    """dramatiq's consumer, and a bell that ends its rest."""

    def __init__(self, consumer: Consumer, bell: threading.Event, *, longest: float) -> None:
        self._consumer = consumer
        self._bell = bell
        self._longest = longest
        self._misses = 0

    def __next__(self) -> MessageProxy | None:
        # Before asking: a ring that comes after the answer is not lost.
        self._bell.clear()
        message: MessageProxy | None = next(self._consumer)
        if message is not None:
            self._misses = 0
            return message
        rest = min(FIRST_LOOK * 2**self._misses, self._longest)
        self._misses = min(self._misses + 1, MOST_DOUBLINGS)
        if self._bell.wait(rest):
            self._misses = 0
        return None

    def ack(self, message: MessageProxy) -> None:
        """Pass it on."""
        self._consumer.ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Pass it on."""
        self._consumer.nack(message)

    def requeue(self, messages: Any) -> None:
        """Pass it on."""
        self._consumer.requeue(messages)

    def close(self) -> None:
        """Pass it on."""
        self._consumer.close()


def make_broker(url: str) -> Bells:
    """Connect lazily to Redis or Valkey; its middleware is dramatiq's own default set.

    Each process makes one and hands it to dramatiq as the broker that actors register with.
    """
    client = connect(url, PATIENCE)
    broker = Bells(client)
    dramatiq.set_broker(broker)
    return broker


def reach(broker: dramatiq.Broker) -> None:
    """Raise one of `BrokerAway` unless Redis answers."""
    assert isinstance(broker, RedisBroker)
    broker.client.ping()


def ring(broker: dramatiq.Broker, job: Job, args: Mapping[str, int]) -> None:
    """Put one message into the job's queue."""
    broker.declare_queue(job.queue)
    broker.enqueue(
        dramatiq.Message(
            queue_name=job.queue,
            actor_name=job.name,
            args=(),
            kwargs=dict(args),
            # Correctness never rests on dramatiq's retries: PostgreSQL counts attempts and the
            # sweep rings again.
            options={"max_retries": 0},
        )
    )


def waiting(broker: dramatiq.Broker, job: Job) -> int:
    """Return how many messages wait in the job's queue, delayed ones not counted."""
    assert isinstance(broker, RedisBroker)
    return int(broker.do_qsize(job.queue))
