"""Locks that the kernel forgets when their holder dies, however it dies.

A lock file's content means nothing and the file is never removed: only `flock` counts. A server
inherits the open file of its own lock, so "is the lock free?" answers "is no process of that
server left?" without a pid that another process may have reused.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.kit.errors import Unavailable


class FileLock:
    """One open lock file. Each instance counts by itself, even within one process."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
        self.path = path
        self.fd = os.open(path, flags, 0o600)

    def try_exclusive(self) -> bool:
        """Hold it alone; False when another process holds it."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Hold it together with others; False when a process holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def close(self) -> None:
        """Let go. The lock stays held while another process has inherited the open file."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_held(path: Path) -> bool:
    """Whether any process holds the lock."""
    lock = FileLock(path)
    try:
        return not lock.try_exclusive()
    finally:
        lock.close()


@contextmanager
def exclusive(path: Path, *, patience: float) -> Iterator[None]:
    """Do the body while no other process does; wait at most `patience` seconds for the turn."""
    lock = FileLock(path)
    give_up = time.monotonic() + patience
    try:
        while not lock.try_exclusive():
            if time.monotonic() > give_up:
                message = (
                    "Another Crieur process has been starting or stopping the embedded servers "
                    f"for {patience:.0f} seconds; see the logs beside {path.parent}."
                )
                raise Unavailable(message)
            time.sleep(0.02)
        yield
    finally:
        lock.close()
