"""Pure: which of several relays takes the next connection, and which are left alone for a while.

Relays take turns by weight (smooth weighted round robin). One that could not be reached three
times in a row is down; after a while one connection may try it, and what becomes of that one
decides. A relay that is named for a sender's domain serves it alone, because its neighbours may
lack the right to; the other senders get those without names.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

FAILURES_BEFORE_DOWN = 3
"""Results in a row that say a relay is down."""

FIRST_DOWNTIME = 5.0
"""Seconds for which a relay is left alone the first time; each further time is twice as long."""

LONGEST_DOWNTIME = 300.0
"""Seconds for which a relay is left alone at most."""

PROBE_TIMEOUT = 120.0
"""Seconds after which a connection that tries a relay is given up, and another one may try."""


class PoolMember(Protocol):
    """What a fleet wants to know of a relay: its part, how many connections it takes, and whose."""

    @property
    def weight(self) -> int:
        """Return its part of the connections."""

    @property
    def connections(self) -> int | None:
        """Return how many connections of one run it takes, None for any number."""

    @property
    def senders(self) -> frozenset[str]:
        """Return the sender domains that it is for; empty for all others."""


R = TypeVar("R", bound=PoolMember)


@dataclass(slots=True)
class _RelayHealth:
    """How a relay has been lately, and what it has not had yet of its part."""

    failures: int = 0
    rest: float = 0
    # Set while the relay is down: from when on one connection may try it.
    retry_at: float | None = None
    is_tried: bool = False
    credit: int = 0

    def may_be_tried(self, now: float) -> bool:
        return self.retry_at is None or now >= self.retry_at

    def record(self, ok: bool, now: float) -> bool:  # noqa: FBT001  It is the news itself.
        if ok:
            is_back = self.failures > 0
            self.failures, self.rest, self.retry_at, self.is_tried = 0, 0, None, False
            return is_back
        self.failures += 1
        # Those who were on their way when it went down add nothing.
        if not self.is_tried and (
            self.retry_at is not None or self.failures < FAILURES_BEFORE_DOWN
        ):
            return self.failures == 1
        self.rest = min(max(FIRST_DOWNTIME, self.rest * 2), LONGEST_DOWNTIME)
        self.retry_at, self.is_tried = now + self.rest, False
        return True


class RelayPool(Generic[R]):
    """The relays of a process, shared by all its threads."""

    def __init__(self, relays: Sequence[R], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the relays in their order, and a clock for durations."""
        self.relays = tuple(dict.fromkeys(relays))
        self._clock = clock
        self._lock = threading.Lock()
        self._health = [_RelayHealth() for _ in self.relays]

    def serving(self, sender_domain: str) -> tuple[R, ...]:
        """Return the relays for a sender's domain, up or down."""
        return tuple(self.relays[number] for number in self._serving(sender_domain))

    def choose(
        self,
        sender_domain: str,
        *,
        open_connections: Mapping[R, int] | None = None,
        without: Collection[R] = (),
    ) -> R | None:
        """Return the relay for the next connection, None when all of them are down or full.

        `busy` counts the caller's open connections, for relays that take only so many; those in
        `without` are of no use to the caller. Tell what became of the connection: a relay that is
        tried out waits for that.
        """
        with self._lock:
            now = self._clock()
            ready = [
                number
                for number in self._serving(sender_domain)
                if self.relays[number] not in without
                and self._has_room(number, open_connections or {})
                and self._health[number].may_be_tried(now)
            ]
            if not ready:
                return None
            # One connection finds out whether a relay is back.
            resting = [number for number in ready if self._health[number].retry_at is not None]
            chosen = resting[0] if resting else self._take_turn(ready)
            if resting:
                self._health[chosen].retry_at = now + PROBE_TIMEOUT
                self._health[chosen].is_tried = True
            return self.relays[chosen]

    def record_connection(self, relay: R, ok: bool) -> bool:  # noqa: FBT001  It is the news itself.
        """Take what became of a connection: whether the relay was there and willing (not 421).

        True means news: the first of its failures, a rest that begins, or that it is back.
        """
        with self._lock:
            return self._health[self.relays.index(relay)].record(ok, self._clock())

    def is_down(self, relay: R) -> bool:
        """Return whether a relay is left alone, or only being tried."""
        with self._lock:
            return self._health[self.relays.index(relay)].retry_at is not None

    def _serving(self, sender_domain: str) -> Sequence[int]:
        name = sender_domain.lower()
        named = [number for number, each in enumerate(self.relays) if name in each.senders]
        return named or [number for number, each in enumerate(self.relays) if not each.senders]

    def _has_room(self, number: int, open_connections: Mapping[R, int]) -> bool:
        relay = self.relays[number]
        return relay.connections is None or open_connections.get(relay, 0) < relay.connections

    def _take_turn(self, ready: Sequence[int]) -> int:
        """Give each its weight in credit; the one with most goes and pays for all."""
        for number in ready:
            self._health[number].credit += self.relays[number].weight
        chosen = max(ready, key=lambda number: self._health[number].credit)
        self._health[chosen].credit -= sum(self.relays[number].weight for number in ready)
        return chosen
