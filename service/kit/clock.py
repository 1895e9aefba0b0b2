"""The one place that asks the time; everybody else is given a `Clock`."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

AGREE_EVERY = 60.0
"""Seconds after which the time is asked for again."""


def system_clock() -> datetime:
    """Return now, aware, in UTC."""
    return datetime.now(UTC)


class AgreedClock:
    """The time of one machine, the database's, for workers on all machines.

    A worker whose own clock is fast or slow would take live work for abandoned, or leave due work
    lying; so its clock only counts until the database has been asked, and while it is away.
    """

    def __init__(self, ask: Callable[[], datetime | None], *, local: Clock = system_clock) -> None:
        """Take how to ask (None: nobody answers), and the clock to fall back on."""
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
                self._ask_again_at = beat + AGREE_EVERY
                answer = self._ask()
                if answer is not None:
                    self._agreed = (answer.astimezone(UTC), time.monotonic())
            finally:
                self._lock.release()
        if self._agreed is None:
            return self._local()
        at, when = self._agreed
        return at + timedelta(seconds=time.monotonic() - when)
