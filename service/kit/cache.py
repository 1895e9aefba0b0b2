"""The Redis door for everything but dramatiq: limits on how often something may happen.

Redis is a doorbell, not the truth: when it is away a limit lets everything pass and says so in
the log, because the limits that protect a person's mailbox are kept in PostgreSQL as well.
"""

from datetime import timedelta

import redis
import structlog

log = structlog.get_logger(__name__)


class Cache:
    """A connection pool to Redis or Valkey."""

    def __init__(self, url: str) -> None:
        """Connect lazily; raise ValueError when the address cannot be meant."""
        self._redis = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        pool = self._redis.connection_pool
        try:
            # Made, not connected: redis-py looks at an address's options only here.
            pool.connection_class(**pool.connection_kwargs)
        except (TypeError, redis.RedisError) as error:
            raise ValueError("an option of the address is unknown") from error

    def allow(self, key: str, *, limit: int, per: timedelta) -> bool:
        """Count one more use of `key`; False means more than `limit` within the window `per`."""
        name = f"crieur:limit:{key}"
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(name)
                # Only the first use starts the window, so that a steady stream ends one, too.
                pipe.expire(name, int(per.total_seconds()), nx=True)
                count, _ = pipe.execute()
        except redis.RedisError as error:
            log.warning("cache.unavailable", error=type(error).__name__)
            return True
        return int(count) <= limit

    def is_answering(self) -> bool:
        """Ping."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def eviction_policy(self) -> str | None:
        """Return `maxmemory-policy`, None when the server will not say."""
        try:
            answer = self._redis.config_get("maxmemory-policy")
        except redis.RedisError:
            return None
        return str(dict(answer).get("maxmemory-policy", "")) or None

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()
