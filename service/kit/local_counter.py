"""In-process counters for rate limits while Redis is unavailable: per process, so less strict."""

import threading
from time import monotonic

MAX_KEYS = 20_000
"""Keys that are counted; beyond that the oldest windows are dropped."""


class LocalCounter:
    """Uses of names within windows, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def add(self, name: str, seconds: float) -> int:
        """Count one more use; return how many there are in the window that the first one began."""
        now = monotonic()
        with self._lock:
            ends, count = self._windows.pop(name, (0.0, 0))
            if now >= ends:
                ends, count = now + seconds, 0
            # Moved to the end: what was not used for the longest time is dropped first.
            self._windows[name] = (ends, count + 1)
            if len(self._windows) > MAX_KEYS:
                del self._windows[next(iter(self._windows))]
            return count + 1

    def uses(self, name: str) -> int:
        """Return how many uses there are in a name's window."""
        with self._lock:
            ends, count = self._windows.get(name, (0.0, 0))
            return count if monotonic() < ends else 0

    def refund(self, name: str) -> None:
        """Take back one use, if there is one."""
        with self._lock:
            ends, count = self._windows.get(name, (0.0, 0))
            if count:
                self._windows[name] = (ends, count - 1)
