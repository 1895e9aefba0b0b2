"""The only module that reads the system time; all others receive a `Clock`."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

RESYNC_EVERY = 60.0
"""Seconds between two readings of the database's time."""

TRIES = 3
QUICK = 0.002
"""Round trip in seconds that is quick enough: the error is half of it."""


def system_clock() -> datetime:
    """Return now, aware, in UTC."""
    return datetime.now(UTC)


class DatabaseClock:
    """The time of one machine, the database's, for workers on all machines.

    A worker whose own clock is fast or slow would take live work for abandoned, or leave due work
    lying; so its clock only counts until the database has been asked, and while it is away.

    The quickest of a few round trips counts, and half of it (Cristian's algorithm): the first one
    opens a connection, and a process that ran so far behind would leave an article that arrived
    just before an edition out of it.
    """

    def __init__(self, ask: Callable[[], datetime | None], *, local: Clock = system_clock) -> None:
        """Take how to ask (None: no server answers), and the clock to fall back on."""
        self._ask = ask
        self._local = local
        self._lock = threading.Lock()
        self._agreed: tuple[datetime, float] | None = None
        self._ask_again_at = 0.0

    def __call__(self) -> datetime:
        """Return now, aware, in UTC."""
        beat = time.monotonic()
        if beat >= self._ask_again_at and self._lock.acquire(blocking=False):
            try:
                self._ask_again_at = beat + RESYNC_EVERY
                self._agreed = self._agree() or self._agreed
            finally:
                self._lock.release()
        if self._agreed is None:
            return self._local()
        at, when = self._agreed
        return at + timedelta(seconds=time.monotonic() - when)

    def _agree(self) -> tuple[datetime, float] | None:
        """Return what time it was, and on which beat of this machine."""
        best: tuple[float, datetime, float] | None = None
        for _ in range(TRIES):
            asked_at = time.monotonic()
            answer = self._ask()
            took = time.monotonic() - asked_at
            if answer is None:
                break
            if best is None or took < best[0]:
                best = (took, answer.astimezone(UTC), asked_at + took / 2)
            if took < QUICK:
                break
        return best[1:] if best else None
