"""Places at the database, so many for each kind of visitor: none can take another's.

A request that waits for a place holds no thread and no connection. It waits for some seconds only,
and then is told to come back: what waits for ever is as good as refused, and fills the memory.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from service.kit.errors import Unavailable

ADMISSION_TIMEOUT = 10.0


class ClientClass(StrEnum):
    """Whose places."""

    READERS = "readers"
    CONSOLE = "console"
    PROGRAMS = "programs"
    # Whoever tries to come in: checking a password takes a core and 64 MiB.
    DOOR = "door"


CONCURRENCY = {
    ClientClass.READERS: 9,
    ClientClass.CONSOLE: 5,
    ClientClass.PROGRAMS: 2,
    ClientClass.DOOR: 2,
}
"""Together fewer than the pool's connections, and fewer than the threads that handlers run in."""


class AdmissionControl:
    """The places of one process."""

    def __init__(self, *, patience: float = ADMISSION_TIMEOUT) -> None:
        self._patience = patience
        self._free = {kind: asyncio.Semaphore(count) for kind, count in CONCURRENCY.items()}

    @asynccontextmanager
    async def take(self, kind: ClientClass) -> AsyncIterator[None]:
        """Wait for a place and keep it.

        Raises:
            Unavailable: none became free in time.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._free[kind].acquire()
        except TimeoutError:
            raise Unavailable("All places are taken just now; try again in a moment.") from None
        try:
            yield
        finally:
            self._free[kind].release()


def client_class_of(path: str) -> ClientClass:
    """Tell from the path whose place a request takes."""
    if path.startswith(("/console/sign-in", "/console/link/")):
        return ClientClass.DOOR
    if path.startswith("/console"):
        return ClientClass.CONSOLE
    return ClientClass.PROGRAMS if path.startswith(("/api/", "/hooks/")) else ClientClass.READERS
