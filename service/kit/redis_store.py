"""Rate limits and scripts in Redis; job messages have a module of their own.

Redis holds nothing that must not be lost: when it is unavailable each process counts for itself
and logs it. The limits that protect a person's mailbox are stored in PostgreSQL as well.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import redis

from service.kit.local_counter import LocalCounter
from service.kit.log import get_logger
from service.kit.redis_client import connect_redis

log = get_logger(__name__)

SOCKET_TIMEOUT = 2.0
"""Socket timeout in seconds."""

RETRY_AFTER = 5.0
"""Seconds without requests to Redis after a timeout: pages must not each wait for it."""

SCRIPT_TIMEOUT = 0.5
"""Seconds a script may wait for a connection, and again for its result."""


# A window that has ended in the meantime must not begin below nothing.
_REFUND = """
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then return redis.call('DECR', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class RedisScript:
    """A Lua program that runs inside the server, all or nothing."""

    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        # The name under which the server remembers it; no secret hangs on it.
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)


class RedisStore:
    """A connection pool to Redis or Valkey."""

    def __init__(self, url: str, *, script_timeout: float = SCRIPT_TIMEOUT) -> None:
        """Connect lazily; raise ValueError when the address cannot be meant."""
        self._redis = connect_redis(url, SOCKET_TIMEOUT)
        self._quick = connect_redis(url, script_timeout)
        self._local = LocalCounter()
        # Monotonic time until which Redis is not called.
        self._unavailable_until = 0.0
        pool = self._redis.connection_pool
        try:
            # Made, not connected: redis-py looks at an address's options only here.
            pool.connection_class(**pool.connection_kwargs)
        except (TypeError, redis.RedisError) as error:
            raise ValueError("an option of the address is unknown") from error

    def allow(self, key: str, *, limit: int, per: timedelta) -> bool:
        """Count one more use of `key`; False means more than `limit` within the window `per`."""
        name, seconds = _name(key), per.total_seconds()
        if self._is_unavailable:
            return self._local.add(name, seconds) <= limit
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(name)
                # Only the first use starts the window, so that a steady stream ends one, too.
                pipe.expire(name, int(seconds), nx=True)
                count, _ = pipe.execute()
        except redis.RedisError as error:
            self._mark_unavailable(error)
            return self._local.add(name, seconds) <= limit
        return int(count) <= limit

    def count_uses(self, *keys: str) -> int:
        """Return how often `keys` were counted in their windows, together.

        Those that this process has counted, if Redis is away.
        """
        names = [_name(key) for key in keys]
        if self._is_unavailable:
            return sum(map(self._local.uses, names))
        try:
            return sum(int(count or 0) for count in self._redis.mget(names))
        except redis.RedisError as error:
            self._mark_unavailable(error)
            return sum(map(self._local.uses, names))

    def refund(self, key: str) -> None:
        """Take back one use of `key` that turned out not to count."""
        # Redis may have failed in between, so either may have counted it.
        self._local.refund(_name(key))
        if self._is_unavailable:
            return
        try:
            self._redis.eval(_REFUND, 1, _name(key))
        except redis.RedisError as error:
            self._mark_unavailable(error)

    @property
    def _is_unavailable(self) -> bool:
        """Whether Redis timed out a moment ago."""
        return monotonic() < self._unavailable_until

    def _mark_unavailable(self, error: redis.RedisError) -> None:
        log.warning("redis.unavailable", error=type(error).__name__)
        self._unavailable_until = monotonic() + RETRY_AFTER

    def run_script(
        self, script: RedisScript, *, keys: Sequence[str], args: Sequence[str]
    ) -> bytes | str:
        """Run a script in one round trip and return the text that it returns.

        Raises:
            RedisUnavailable: the server does not answer in time, or is out of memory. It may have
                run the script all the same.
        """
        try:
            try:
                answer = self._quick.evalsha(script.digest, len(keys), *keys, *args)
            except redis.exceptions.NoScriptError:
                answer = self._quick.eval(script.text, len(keys), *keys, *args)
        except redis.RedisError as error:
            raise RedisUnavailable(type(error).__name__) from error
        if not isinstance(answer, bytes | str):
            raise TypeError("a script answers with one text")
        return answer

    def is_reachable(self) -> bool:
        """Ping the server."""
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
        self._quick.close()


def _name(key: str) -> str:
    return f"crieur:limit:{key}"


class RedisUnavailable(Exception):  # noqa: N818  A condition that callers handle.
    """Redis does not answer, or cannot write; the text names the client's exception."""
