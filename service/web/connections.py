"""What a connection may do before it is a request: dawdle for a while, and be one of some.

uvicorn closes a connection that is idle between two requests. These limits are for one whose head
never ends, and for a client that opens more of them than any browser or mail provider does. A
proxy's connections are its readers' and are not counted: the proxy has limits of its own.
"""

import asyncio
import resource
from collections import Counter
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.audience.network import network_of

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a later request, to the end of the head."""

MAX_PER_NETWORK = 200
"""Connections of one network at a time."""

MAX_SMALL_CHUNKS = 1_000
MIN_AVERAGE_CHUNK = 256
"""So many pieces of a body may be of any size; beyond them they have 256 bytes each on average.

Each takes a step of Python, in which nobody else is answered: the 64 KiB of a sign-up in chunks of
a byte are seconds.
"""

RESERVED_FILES = 128
"""Descriptors that are kept for the database, for Redis and for files."""

_MOST_FILES = 65_536
_USUAL_FILES = 1_024


class ConnectionLimits:
    """The connections of one process, by network."""

    def __init__(self, *, trusted: str = "", most: int | None = None) -> None:
        """Take the proxies that are trusted, as in `CRIEUR_FORWARDED_ALLOW_IPS`."""
        self._trusts_all = "*" in trusted.split(",")
        self._trusted = [
            ip_network(each.strip(), strict=False)
            for each in trusted.split(",")
            if each.strip() not in {"", "*"}
        ]
        self._most = most or (raise_file_limit() - RESERVED_FILES)
        self._by_network: Counter[str] = Counter()
        self.count = 0

    def enter(self, host: str | None) -> str | None:
        """Count a connection in; None means that it is one too many."""
        network = "proxy" if self._is_trusted(host) else network_of(host)
        most = self._most if network == "proxy" else min(MAX_PER_NETWORK, self._most)
        if self.count >= self._most or self._by_network[network] >= most:
            return None
        self.count += 1
        self._by_network[network] += 1
        return network

    def leave(self, network: str) -> None:
        """Count a connection out."""
        self.count -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]

    def _is_trusted(self, host: str | None) -> bool:
        if self._trusts_all:
            return True
        try:
            address = ip_address((host or "").partition("%")[0])
        except ValueError:
            # A Unix socket has no address: whoever may open it is the machine's own.
            return host is None
        return any(address in network for network in self._trusted)


def raise_file_limit() -> int:
    """Let this process have as many descriptors as it may; return how many that are."""
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    except OSError:
        # A sandbox does not let us ask.
        return _USUAL_FILES
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError):
        return soft
    return wanted


class LimitedConnection(H11Protocol):
    """One connection of uvicorn's, with these limits."""

    def __init__(
        self, *given: Any, crowd: ConnectionLimits, head_seconds: float, **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self._crowd = crowd
        self._head_seconds = head_seconds
        self._network: str | None = None
        self._head_due: asyncio.TimerHandle | None = None
        self._pieces = self._size = 0
        self._next_event = self.conn.next_event
        self.conn.next_event = self._next_fair_event  # type: ignore[method-assign]  # uvicorn makes it.

    def connection_made(self, transport: Any) -> None:
        """Let it in, if there is room."""
        super().connection_made(transport)
        self._network = self._crowd.enter(self.client[0] if self.client else None)
        if self._network is None:
            transport.abort()
        else:
            self._mind_the_head()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        self._mind_the_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the room back."""
        self._forget_the_head()
        if self._network is not None:
            self._crowd.leave(self._network)
            self._network = None
        super().connection_lost(exc)

    def _next_fair_event(self) -> Any:
        """Return what h11 reads next; raise as for bad HTTP when a body comes in crumbs."""
        event = self._next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._size = 0
        elif isinstance(event, h11.Data):
            self._pieces += 1
            self._size += len(event.data)
            if self._pieces > MAX_SMALL_CHUNKS + self._size // MIN_AVERAGE_CHUNK:
                raise h11.RemoteProtocolError("a body in too many pieces")
        return event

    def _mind_the_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget_the_head()
        elif self._head_due is None and not self.transport.is_closing():
            self._head_due = self.loop.call_later(self._head_seconds, self.transport.close)

    def _forget_the_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None


def limited_protocol(
    crowd: ConnectionLimits, *, head_seconds: float = HEAD_SECONDS
) -> type[H11Protocol]:
    """Return what makes uvicorn's connections, with these limits."""
    return cast(
        "type[H11Protocol]", partial(LimitedConnection, crowd=crowd, head_seconds=head_seconds)
    )
