"""A client of Redis or Valkey that never waits long for it."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect_redis(url: str, patience: float) -> redis.Redis:
    """Return a client that connects lazily and waits `patience` seconds for each answer.

    Raises:
        ValueError: this is no address.
    """
    # One more try, immediately: a connection that idled while the server was restarted is dead, and
    # that is no reason to do without it. Silence is not tried again: it has cost time already.
    retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    return redis.Redis.from_url(
        url, socket_timeout=patience, socket_connect_timeout=patience, retry=retry
    )
