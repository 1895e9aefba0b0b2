"""Short database transactions from asynchronous code, so that none is open across the network."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.kit.db import (
    Begin,
    DatabaseUnavailable,
    Session,
    transaction_id,
    transaction_status,
)
from service.kit.log import get_logger

log = get_logger(__name__)

T = TypeVar("T")

UNAVAILABLE_TIMEOUT = 30.0
"""Seconds for which an unavailable database is retried: the results of messages in flight are known
only here, and a supervisor that stops a process waits a minute."""

RETRY_INTERVAL = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorkDone(Generic[T]):
    """Work that was done in a transaction whose commit may have succeeded."""

    transaction_id: str
    result: T


class _StillCommittingError(ConnectionError):
    """The server has not noticed yet that the connection of an earlier transaction is gone."""


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

        It runs again if the connection was lost before the commit, so it changes nothing but the
        database. If only the answer to the commit was lost, its result is returned. After
        `UNAVAILABLE_TIMEOUT` it raises the database's error, or a ConnectionError if it is not
        known by then whether that commit succeeded.
        """
        earlier: list[_WorkDone[T]] = []
        async with self._one_at_a_time:
            loop = asyncio.get_running_loop()
            until = loop.time() + UNAVAILABLE_TIMEOUT
            while True:
                try:
                    return await asyncio.to_thread(self._run, work, earlier)
                except (*DatabaseUnavailable, _StillCommittingError) as error:
                    if loop.time() > until:
                        raise
                    log.warning("delivery.result_write_delayed", error=type(error).__name__)
                    await asyncio.sleep(RETRY_INTERVAL)

    def _run(self, work: Callable[[Session], T], earlier: list[_WorkDone[T]]) -> T:
        with self._begin() as session:
            for done in earlier:
                status = transaction_status(session, done.transaction_id)
                if status == "committed":
                    return done.result
                if status == "in progress":
                    raise _StillCommittingError
            earlier.clear()
            result = work(session)
            written_by = transaction_id(session)
            if written_by is not None:
                earlier.append(_WorkDone(transaction_id=written_by, result=result))
        return result
