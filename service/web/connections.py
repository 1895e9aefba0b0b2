"""Limits of connections: their number per network, and the time until a request's head is complete.

uvicorn closes connections that are idle between two requests. These limits are against heads that
never end and against clients with more connections than any browser or mailbox provider opens. A
trusted proxy's connections are not counted per network: the proxy has its own limits.
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
"""This many chunks of a body may have any size; beyond them the average must be 256 bytes.

Each chunk costs a step of the event loop: 64 KiB in chunks of one byte would block it for seconds.
"""

RESERVED_FILES = 128
"""File descriptors reserved for the database, Redis and files."""

_MOST_FILES = 65_536
_USUAL_FILES = 1_024


class ConnectionLimits:
    """Counts and limits the connections of one process, by network."""

    def __init__(self, *, trusted: str = "", most: int | None = None) -> None:
        """Accept the trusted proxies in the form of `CRIEUR_FORWARDED_ALLOW_IPS`."""
        self._trusts_all = "*" in trusted.split(",")
        self._trusted = [
            ip_network(each.strip(), strict=False)
            for each in trusted.split(",")
            if each.strip() not in {"", "*"}
        ]
        self._most = most or (raise_file_limit() - RESERVED_FILES)
        self._by_network: Counter[str] = Counter()
        self.count = 0

    def acquire(self, host: str | None) -> str | None:
        """Count a new connection and return its network; None if a limit is reached."""
        network = "proxy" if self._is_trusted(host) else network_of(host)
        most = self._most if network == "proxy" else min(MAX_PER_NETWORK, self._most)
        if self.count >= self._most or self._by_network[network] >= most:
            return None
        self.count += 1
        self._by_network[network] += 1
        return network

    def release(self, network: str) -> None:
        """Count a connection as closed."""
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
            # A Unix socket has no address; only local processes can open it.
            return host is None
        return any(address in network for network in self._trusted)


def raise_file_limit() -> int:
    """Raise the soft limit of file descriptors as far as allowed; return the limit."""
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    except OSError:
        # A sandbox may not allow the call.
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
    """A connection of uvicorn with these limits."""

    def __init__(
        self, *given: Any, limits: ConnectionLimits, head_seconds: float, **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self._limits = limits
        self._head_seconds = head_seconds
        self._network: str | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._chunks = self._size = 0
        self._next_event = self.conn.next_event
        self.conn.next_event = self._next_checked_event  # type: ignore[method-assign]  # uvicorn makes it.

    def connection_made(self, transport: Any) -> None:
        """Accept the connection, or abort it when a limit is reached."""
        super().connection_made(transport)
        self._network = self._limits.acquire(self.client[0] if self.client else None)
        if self._network is None:
            transport.abort()
        else:
            self._start_head_timer()

    def data_received(self, data: bytes) -> None:
        """Process data, then start or cancel the timer of the head."""
        super().data_received(data)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the connection's count."""
        self._cancel_head_timer()
        if self._network is not None:
            self._limits.release(self._network)
            self._network = None
        super().connection_lost(exc)

    def _next_checked_event(self) -> Any:
        """Return h11's next event; raise when a body's chunks are too small."""
        event = self._next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._size = 0
        elif isinstance(event, h11.Data):
            self._chunks += 1
            self._size += len(event.data)
            if self._chunks > MAX_SMALL_CHUNKS + self._size // MIN_AVERAGE_CHUNK:
                raise h11.RemoteProtocolError("a body in too many pieces")
        return event

    def _start_head_timer(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._cancel_head_timer()
        elif self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(self._head_seconds, self.transport.close)

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def limited_protocol(
    limits: ConnectionLimits, *, head_seconds: float = HEAD_SECONDS
) -> type[H11Protocol]:
    """Return the protocol factory for uvicorn, with these limits."""
    return cast(
        "type[H11Protocol]", partial(LimitedConnection, limits=limits, head_seconds=head_seconds)
    )
