"""Who sends, with what, and how patiently: the parts that one send is given."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from service.delivery.line import Timeouts
from service.delivery.post import Post
from service.delivery.smtp import Relay
from service.kit.clock import Clock
from service.kit.db import Begin, Session
from service.kit.tokens import Keyring

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The parts and limits of a send."""

    begin: Begin
    clock: Clock
    keyring: Keyring
    relays: Sequence[Relay]
    post: Post
    connections: int = 8
    timeouts: Timeouts = field(default_factory=Timeouts)
    lease_for: timedelta = timedelta(minutes=2)
    # After this a run ends and rings again, so that notices are not kept waiting.
    run_for: timedelta = timedelta(seconds=30)
    # How long mails in flight may go on once the process is asked to end; supervisors kill it
    # after a minute.
    drain_for: timedelta = timedelta(seconds=15)


class Books:
    """Short transactions from async code, one at a time.

    Two statements of one run about the same rows must not wait for each other in circles.
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
