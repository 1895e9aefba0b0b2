"""The Redis door for everything but dramatiq: limits on how often something may happen.

Redis is not the source of truth: while it is unavailable each process counts for itself and says
so in the log. The limits that protect a person's mailbox are kept in PostgreSQL as well.
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
"""Seconds that somebody who counts on Redis waits for it, at most."""

RETRY_AFTER = 5.0
"""Seconds after a silence in which limits do not ask: pages must not wait for it one by one."""

SCRIPT_TIMEOUT = 0.5
"""Seconds that a script may wait for a connection, and again for its answer."""


# A window that has ended in the meantime must not begin below nothing.
_GIVE_BACK = """
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

    def __init__(self, url: str, *, haste: float = SCRIPT_TIMEOUT) -> None:
        """Connect lazily; raise ValueError when the address cannot be meant."""
        self._redis = connect_redis(url, SOCKET_TIMEOUT)
        self._quick = connect_redis(url, haste)
        self._own = LocalCounter()
        # `monotonic`'s time until which nobody asks.
        self._silent_until = 0.0
        pool = self._redis.connection_pool
        try:
            # Made, not connected: redis-py looks at an address's options only here.
            pool.connection_class(**pool.connection_kwargs)
        except (TypeError, redis.RedisError) as error:
            raise ValueError("an option of the address is unknown") from error

    def allow(self, key: str, *, limit: int, per: timedelta) -> bool:
        """Count one more use of `key`; False means more than `limit` within the window `per`."""
        name, seconds = _name(key), per.total_seconds()
        if self._is_silent:
            return self._own.add(name, seconds) <= limit
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(name)
                # Only the first use starts the window, so that a steady stream ends one, too.
                pipe.expire(name, int(seconds), nx=True)
                count, _ = pipe.execute()
        except redis.RedisError as error:
            self._fall_silent(error)
            return self._own.add(name, seconds) <= limit
        return int(count) <= limit

    def uses(self, *keys: str) -> int:
        """Return how often `keys` were counted in their windows, together.

        Those that this process has counted, if Redis is away.
        """
        names = [_name(key) for key in keys]
        if self._is_silent:
            return sum(map(self._own.uses, names))
        try:
            return sum(int(count or 0) for count in self._redis.mget(names))
        except redis.RedisError as error:
            self._fall_silent(error)
            return sum(map(self._own.uses, names))

    def give_back(self, key: str) -> None:
        """Take back one use of `key` that turned out not to count."""
        # Which of the two has counted it, nobody knows: it was a moment ago.
        self._own.give_back(_name(key))
        if self._is_silent:
            return
        try:
            self._redis.eval(_GIVE_BACK, 1, _name(key))
        except redis.RedisError as error:
            self._fall_silent(error)

    @property
    def _is_silent(self) -> bool:
        """Whether Redis has just not answered: nobody waits for it again so soon."""
        return monotonic() < self._silent_until

    def _fall_silent(self, error: redis.RedisError) -> None:
        log.warning("redis.unavailable", error=type(error).__name__)
        self._silent_until = monotonic() + RETRY_AFTER

    def run(self, script: RedisScript, *, keys: Sequence[str], args: Sequence[str]) -> bytes | str:
        """Run a script in one round trip and return the text that it answers.

        Raises:
            Away: the server does not answer within two seconds, or has no memory left to write
                with. It may have run the script all the same.
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
        self._quick.close()


def _name(key: str) -> str:
    return f"crieur:limit:{key}"


class RedisUnavailable(Exception):  # noqa: N818  It is an answer for the caller, not a fault.
    """Redis does not answer, or cannot write; the text is the client's name for it."""
