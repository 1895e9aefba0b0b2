"""How much strangers may ask of the daemon that takes returned mail: counted in its memory.

For each network and in all: connections, messages, bytes that are on their way. What counts against
a network most is what no honest sender does: addresses that no reader has, and mail that nothing
proves. A mail server of one's own, on this machine or in a private network, passes on what comes
from everywhere; only the limits for all hold for it.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from service.audience.network import network_of

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLimits:
    """The limits; those of one network do not hold for mail servers of one's own."""

    connections: int = 500
    connections_of_one: int = 50
    # Bytes of messages that are on their way.
    held: int = 128 * MIB
    held_of_one: int = 40 * MIB
    # In a minute.
    mails: int = 6_000
    mails_of_one: int = 3_000
    unknown_of_one: int = 60
    # In an hour.
    unsigned_of_one: int = 30
    mails_of_one_path: int = 20


class RateWindow:
    """Counts by key, and forgets all of them when its time is over."""

    def __init__(self, most: int, *, seconds: float, tell: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._tell = tell
        self._began = tell()
        self._counts: Counter[str] = Counter()

    def allows(self, key: str) -> bool:
        """Count one more; False means that it is one too many."""
        self._roll()
        self._counts[key] += 1
        return self._counts[key] <= self._most

    def _roll(self) -> None:
        if self._tell() - self._began >= self._seconds:
            self._began = self._tell()
            self._counts.clear()


ALL = "all"


@dataclass(slots=True)
class InboundLimiter:
    """What is underway, and what was asked of late."""

    caps: InboundLimits = field(default_factory=InboundLimits)
    tell: Callable[[], float] = time.monotonic
    _connections: Counter[str] = field(default_factory=Counter)
    _held: Counter[str] = field(default_factory=Counter)
    _mails: RateWindow = field(init=False)
    _mails_of_one: RateWindow = field(init=False)
    _unknown: RateWindow = field(init=False)
    _unsigned: RateWindow = field(init=False)
    _paths: RateWindow = field(init=False)

    def __post_init__(self) -> None:
        """Open the windows."""

        def window(most: int, seconds: float) -> RateWindow:
            return RateWindow(most, seconds=seconds, tell=self.tell)

        self._mails = window(self.caps.mails, 60)
        self._mails_of_one = window(self.caps.mails_of_one, 60)
        self._unknown = window(self.caps.unknown_of_one, 60)
        self._unsigned = window(self.caps.unsigned_of_one, 3600)
        self._paths = window(self.caps.mails_of_one_path, 3600)

    def enter(self, client: str | None) -> bool:
        """Count a connection in; False means that it is one too many and was not counted."""
        if self._connections[ALL] >= self.caps.connections:
            return False
        if client is not None and self._connections[client] >= self.caps.connections_of_one:
            return False
        self._add(self._connections, client, 1)
        return True

    def leave(self, client: str | None) -> None:
        """Count a connection out."""
        self._add(self._connections, client, -1)

    def hold(self, client: str | None, size: int) -> bool:
        """Count bytes in, or out if they are negative; False means that these are too many."""
        self._add(self._held, client, size)
        of_one = 0 if client is None else self._held[client]
        return self._held[ALL] <= self.caps.held and of_one <= self.caps.held_of_one

    def allows_mail(self, client: str | None, path: str) -> bool:
        """Count a message to an address; `path` is a signed one, or empty."""
        allowed = self._mails.allows(ALL)
        if client is not None:
            allowed &= self._mails_of_one.allows(client)
        if path:
            allowed &= self._paths.allows(path)
        return allowed

    def bears_unknown(self, client: str | None) -> bool:
        """Count an address that no reader has; False means that there were enough of them."""
        return client is None or self._unknown.allows(client)

    def allows_unsigned(self, client: str | None) -> bool:
        """Count a message that nothing signed proves."""
        return client is None or self._unsigned.allows(client)

    @staticmethod
    def _add(counts: Counter[str], client: str | None, number: int) -> None:
        for key in (ALL, client):
            if key is None:
                continue
            counts[key] += number
            if counts[key] <= 0:
                del counts[key]


def client_of(peer: object) -> str | None:
    """Return the network that a connection counts for; None for a mail server of one's own."""
    host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        # A Unix socket: a process that may open it belongs to this machine.
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    if (mapped or address).is_private:
        return None
    return network_of(host)
