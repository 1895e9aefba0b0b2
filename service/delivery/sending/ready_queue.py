"""The queue from which connection workers get their next delivery, with a limit per provider."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from service.delivery.sending.held_lease import QueuedDelivery


class ReadyQueue:
    """Deliveries in their order, with at most so many in flight to a provider that has a limit.

    Those of a provider at its limit are set apart, so that nothing after them has to wait.
    """

    def __init__(self) -> None:
        self._ready: deque[QueuedDelivery] = deque()
        self._set_apart: defaultdict[str, deque[QueuedDelivery]] = defaultdict(deque)
        self._in_flight: Counter[str] = Counter()
        self._limits: dict[str, int] = {}
        self._idle: deque[asyncio.Future[None]] = deque()
        self._is_closed = False
        self._is_low = asyncio.Event()
        self._low_mark = 0

    def __len__(self) -> int:
        return len(self._ready) + sum(map(len, self._set_apart.values()))

    def put(
        self, deliveries: Iterable[QueuedDelivery], *, limits: Mapping[str, int] | None = None
    ) -> None:
        """Add deliveries; `limits` is how many may be in flight to each provider from now on."""
        self._limits.update(limits or {})
        self._ready.extend(deliveries)
        for _ in range(min(len(self._ready), len(self._idle))):
            self._wake_one()

    def peek(self, count: int) -> Iterator[QueuedDelivery]:
        """Return the next deliveries without those that are set apart."""
        return islice(self._ready, count)

    def get_nowait(self) -> QueuedDelivery | None:
        """Return the next delivery whose provider is below its limit; None if there is none."""
        while self._ready:
            queued = self._ready.popleft()
            limit = self._limits.get(queued.provider) if queued.provider else None
            if limit is not None and self._in_flight[queued.provider] >= limit:
                self._set_apart[queued.provider].append(queued)
                continue
            if limit is not None:
                self._in_flight[queued.provider] += 1
            if len(self._ready) <= self._low_mark:
                self._is_low.set()
            return queued
        self._is_low.set()
        return None

    async def get(self) -> QueuedDelivery | None:
        """Wait for a delivery; None means that the queue is closed and empty."""
        while True:
            queued = self.get_nowait()
            if queued is not None or self._is_closed:
                return queued
            idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle

    def done(self, queued: QueuedDelivery) -> None:
        """Release the delivery's slot at its provider to the next one."""
        if queued.provider in self._limits:
            self._in_flight[queued.provider] = max(0, self._in_flight[queued.provider] - 1)
            set_apart = self._set_apart.get(queued.provider)
            if set_apart:
                self._ready.appendleft(set_apart.popleft())
                self._wake_one()

    def drain(self) -> list[QueuedDelivery]:
        """Remove and return every delivery that is still in the queue."""
        left = [*self._ready, *(queued for some in self._set_apart.values() for queued in some)]
        self._ready.clear()
        self._set_apart.clear()
        self._is_low.set()
        return left

    async def wait_until_low(self, low_mark: int, *, timeout: float) -> None:  # noqa: ASYNC109  Its end is no error.
        """Wait until at most `low_mark` deliveries are ready, or for `timeout` seconds."""
        self._low_mark = low_mark
        if len(self._ready) <= low_mark:
            return
        self._is_low.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._is_low.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Declare that nothing will be added; waiting workers get None."""
        self._is_closed = True
        while self._idle:
            self._wake_one()

    def _wake_one(self) -> None:
        while self._idle:
            idle = self._idle.popleft()
            if not idle.done():
                idle.set_result(None)
                return
