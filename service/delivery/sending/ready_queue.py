"""Where carriers take their next reader from; a crowd for one receiver stands aside."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from service.delivery.sending.held_lease import QueuedDelivery


class ReadyQueue:
    """Tickets in their order, with at most so many under way to a receiver that has a limit."""

    def __init__(self) -> None:
        self._ready: deque[QueuedDelivery] = deque()
        self._aside: defaultdict[str, deque[QueuedDelivery]] = defaultdict(deque)
        self._under_way: Counter[str] = Counter()
        self._at_once: dict[str, int] = {}
        self._idle: deque[asyncio.Future[None]] = deque()
        self._is_closed = False
        self._low = asyncio.Event()
        self._enough = 0

    def __len__(self) -> int:
        return len(self._ready) + sum(map(len, self._aside.values()))

    def put(
        self, tickets: Iterable[QueuedDelivery], *, in_flight_limit: Mapping[str, int] | None = None
    ) -> None:
        """Add tickets; `at_once` limits how many may be under way to a receiver from now on."""
        self._at_once.update(in_flight_limit or {})
        self._ready.extend(tickets)
        for _ in range(min(len(self._ready), len(self._idle))):
            self._wake_one()

    def ahead(self, most: int) -> Iterator[QueuedDelivery]:
        """Return those who are next, but for receivers that have no room."""
        return islice(self._ready, most)

    def take_now(self) -> QueuedDelivery | None:
        """Return the next ticket whose receiver has room, if there is one."""
        while self._ready:
            ticket = self._ready.popleft()
            limit = self._at_once.get(ticket.provider) if ticket.provider else None
            if limit is not None and self._under_way[ticket.provider] >= limit:
                self._aside[ticket.provider].append(ticket)
                continue
            if limit is not None:
                self._under_way[ticket.provider] += 1
            if len(self._ready) <= self._enough:
                self._low.set()
            return ticket
        self._low.set()
        return None

    async def take(self) -> QueuedDelivery | None:
        """Wait for a ticket; None means that there will be no more."""
        while True:
            ticket = self.take_now()
            if ticket is not None or self._is_closed:
                return ticket
            idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle

    def done(self, ticket: QueuedDelivery) -> None:
        """Make room for the next one to the same receiver."""
        if ticket.provider in self._at_once:
            self._under_way[ticket.provider] = max(0, self._under_way[ticket.provider] - 1)
            aside = self._aside.get(ticket.provider)
            if aside:
                self._ready.appendleft(aside.popleft())
                self._wake_one()

    def take_all(self) -> list[QueuedDelivery]:
        """Return every ticket that nobody has taken."""
        left = [*self._ready, *(ticket for aside in self._aside.values() for ticket in aside)]
        self._ready.clear()
        self._aside.clear()
        self._low.set()
        return left

    async def low(self, enough: int, *, patience: float) -> None:
        """Wait until at most `enough` tickets are ready to be taken, or for so many seconds."""
        self._enough = enough
        if len(self._ready) <= enough:
            return
        self._low.clear()
        try:
            async with asyncio.timeout(patience):
                await self._low.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Say that no tickets will be added; who waits goes home."""
        self._is_closed = True
        while self._idle:
            self._wake_one()

    def _wake_one(self) -> None:
        while self._idle:
            idle = self._idle.popleft()
            if not idle.done():
                idle.set_result(None)
                return
