"""Short transactions from async code."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from service.kit.db import Begin, DatabaseUnavailable, Session
from service.kit.log import get_logger

log = get_logger(__name__)

T = TypeVar("T")

UNAVAILABLE_TIMEOUT = 30.0
"""Seconds for which a database that is away is waited for: what became of mails in flight is known
only here, and a supervisor that ends a process waits for a minute."""

RETRY_INTERVAL = 0.25


class AsyncTransactions:
    """Transactions of one kind, one at a time.

    Two about the same rows never wait in circles, and a slow database makes the next one larger
    instead of a queue longer.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._one_at_a_time = asyncio.Lock()

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own, beside the event loop.

        It runs again when the database went away meanwhile, so it must not mind having been
        committed already. Raises what the database raised when it stays away.
        """
        async with self._one_at_a_time:
            loop = asyncio.get_running_loop()
            until = loop.time() + UNAVAILABLE_TIMEOUT
            while True:
                try:
                    return await asyncio.to_thread(self._run, work)
                except DatabaseUnavailable as error:
                    if loop.time() > until:
                        raise
                    log.warning("delivery.books_away", error=type(error).__name__)
                    await asyncio.sleep(RETRY_INTERVAL)

    def _run(self, work: Callable[[Session], T]) -> T:
        with self._begin() as session:
            return work(session)
