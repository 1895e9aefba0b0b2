"""Short transactions from async code."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from service.kit.db import Begin, Session

T = TypeVar("T")


class Books:
    """Transactions of one kind, one at a time.

    Two about the same rows never wait in circles, and a slow database makes the next one larger
    instead of a queue longer.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._one_at_a_time = asyncio.Lock()

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own, beside the event loop."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._run, work)

    def _run(self, work: Callable[[Session], T]) -> T:
        with self._begin() as session:
            return work(session)
