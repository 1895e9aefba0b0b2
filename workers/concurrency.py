"""Limits how many editions one worker process works on, so that others always find a thread.

An edition counts once while it is built and once while it is sent. Confirmation messages and alerts
start immediately, whatever is built or sent meanwhile.

A second run of the same edition in one process would share its one core and open its connections
twice; other processes take their part of the batches.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class ConcurrencyLimiter:
    """The keys that are in use, and those that were refused for want of capacity."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_use: set[Hashable] = set()
        self._refused: set[Hashable] = set()

    @contextmanager
    def acquire(self, key: Hashable, *, limit: int) -> Iterator[bool]:
        """Use `key` inside the block; yield False if it is in use, or if `limit` keys are.

        A caller that is refused loses nothing: the scheduler's sweep enqueues the work again
        within seconds.
        """
        with self._lock:
            is_acquired = self._has_capacity(key, limit)
            if is_acquired:
                self._in_use.add(key)
                self._refused.discard(key)
            elif key not in self._in_use:
                self._refused.add(key)
        try:
            yield is_acquired
        finally:
            if is_acquired:
                with self._lock:
                    self._in_use.discard(key)

    def has_capacity(self, key: Hashable, *, limit: int) -> bool:
        """Return whether `acquire` would succeed now."""
        with self._lock:
            return self._has_capacity(key, limit)

    def is_contended(self) -> bool:
        """Return whether a key was refused since the last call.

        The refused work may have started in another process meanwhile; then the caller has given
        way for a moment without need.
        """
        with self._lock:
            is_contended = bool(self._refused)
            self._refused.clear()
            return is_contended

    def _has_capacity(self, key: Hashable, limit: int) -> bool:
        return key not in self._in_use and len(self._in_use) < limit


def max_editions(threads: int, *, is_alert: bool = False) -> int:
    """Return how many editions a process may work on when it begins another one.

    One thread is left for other jobs. Another one is left for alerts, which do not wait until large
    digests have been sent; with one or two threads an alert takes its share of what there is.
    """
    return max(2, threads - 1) if is_alert else max(1, threads - 2)


def max_sites(threads: int) -> int:
    """Return how many threads may wait for sites: half of them, so that messages never do."""
    return max(1, threads // 2)


editions_underway = ConcurrencyLimiter()
"""This process's editions."""

sites_underway = ConcurrencyLimiter()
"""The feeds and pages that this process is asking for."""
