"""Admission control: a limited number of concurrent database requests for each client class.

A request that waits for a slot holds no thread and no database connection. It waits a few seconds;
then it is answered with 503 and `Retry-After`, so that waiting requests do not fill the memory.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from service.kit.errors import Unavailable
from service.kit.translatable import translatable

ADMISSION_TIMEOUT = 10.0


class ClientClass(StrEnum):
    """Whose slots a request takes; no class can use another's."""

    READERS = "readers"
    CONSOLE = "console"
    API = "programs"
    # Checking a password takes a core and 64 MiB.
    SIGN_IN = "door"


CONCURRENCY = {
    ClientClass.READERS: 9,
    ClientClass.CONSOLE: 5,
    ClientClass.API: 2,
    ClientClass.SIGN_IN: 2,
}
"""Together fewer than the pool's connections and the threads that handlers run in."""


class AdmissionControl:
    """The slots of one process."""

    def __init__(self, *, timeout: float = ADMISSION_TIMEOUT) -> None:
        self._timeout = timeout
        self._free = {kind: asyncio.Semaphore(count) for kind, count in CONCURRENCY.items()}

    @asynccontextmanager
    async def acquire(self, kind: ClientClass) -> AsyncIterator[None]:
        """Wait for a slot and hold it while the context is open.

        Raises:
            Unavailable: no slot became free in time.
        """
        try:
            async with asyncio.timeout(self._timeout):
                await self._free[kind].acquire()
        except TimeoutError:
            raise Unavailable(translatable("request.busy")) from None
        try:
            yield
        finally:
            self._free[kind].release()


def client_class_of(path: str) -> ClientClass:
    """Return the client class of a request's path."""
    if path.startswith(("/console/sign-in", "/console/link/")):
        return ClientClass.SIGN_IN
    if path.startswith("/console"):
        return ClientClass.CONSOLE
    return (
        ClientClass.API
        if path.startswith(("/api/", "/hooks/", "/websub/"))
        else ClientClass.READERS
    )
