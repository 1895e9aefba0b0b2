"""The dramatiq door: a job's name, its queue, and ringing it.

Messages carry ids only. Jobs are declared as data so that who rings needs no worker code; the
actors in `workers/` register under the same names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from redis import RedisError

from service.kit.redis_client import connect

PATIENCE = 5.0
"""Seconds to wait for Redis, at most; no call of dramatiq's waits inside it."""

BrokerAway = (BrokerConnectionError, RedisError)
"""What ringing raises when Redis is not there."""


@dataclass(frozen=True, slots=True)
class Job:
    """One doorbell: the name on the button, and the queue it rings in."""

    name: str
    queue: str


def make_broker(url: str) -> RedisBroker:
    """Connect lazily to Redis or Valkey; its middleware is dramatiq's own default set.

    Each process makes one and hands it to dramatiq as the broker that actors register with.
    """
    client = connect(url, PATIENCE)
    broker = RedisBroker(client=client, namespace="crieur")  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped
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
