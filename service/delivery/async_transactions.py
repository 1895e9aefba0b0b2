"""Short database transactions from asynchronous code, so that none is open across the network."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from service.kit.db import Begin, DatabaseUnavailable, Session
from service.kit.log import get_logger

log = get_logger(__name__)

T = TypeVar("T")

UNAVAILABLE_TIMEOUT = 30.0
"""Seconds for which an unavailable database is retried: the results of messages in flight are known
only here, and a supervisor that stops a process waits a minute."""

RETRY_INTERVAL = 0.25


class AsyncTransactions:
    """Transactions of one kind, one at a time.

    So two that touch the same rows cannot deadlock, and a slow database makes the next transaction
    larger instead of a queue longer.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._one_at_a_time = asyncio.Lock()

    async def execute(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own, in a thread, and return its result.

        It runs again if the database connection was lost, so it must be harmless after it was
        committed already. Raises the database's error after `UNAVAILABLE_TIMEOUT`.
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
                    log.warning("delivery.result_write_delayed", error=type(error).__name__)
                    await asyncio.sleep(RETRY_INTERVAL)

    def _run(self, work: Callable[[Session], T]) -> T:
        with self._begin() as session:
            return work(session)
