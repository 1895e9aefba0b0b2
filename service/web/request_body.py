"""A request's body is read whole before anything else is given to the request.

An unfinished body then keeps a socket and some memory, and no thread, no place and no transaction:
however many of them there are, everybody else is answered. The memory is counted, for all and for
each network, and a body has a size by its route, a pace and a last moment.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.audience.network import network_of
from service.web.admission import ClientClass, client_class_of
from service.web.errors import error_response
from service.web.form_encoding import collapse_separators, strip_charset

KIB = 1024
DEFAULT_BODY = 64 * KIB
CONSOLE_BODY = 256 * KIB
API_BODY = 5 * 1024 * KIB

CONSOLE_PATH = "/console/"
# Whoever stands before the console's door is anybody.
SIGN_IN_PATHS = ("/console/sign-in", "/console/link/")
API_PATHS = ("/api/", "/hooks/")
# Who shows neither is told so, and has nothing large to say.
CREDENTIALS = ("authorization", "x-crieur-signature")

GRACE_SECONDS = 10.0
MIN_BYTES_PER_SECOND = 8 * KIB
MAX_SECONDS = 60.0
"""A body may take ten seconds, and one more for each 8 KiB that came; a minute at most."""

MAX_BYTES = 64 * 1024 * KIB
MAX_BYTES_PER_NETWORK = 16 * 1024 * KIB
"""Bytes of bodies that a process holds at once: of all, and of one network."""

SHARES = {
    ClientClass.READERS: 8,
    ClientClass.CONSOLE: 3,
    ClientClass.PROGRAMS: 4,
    ClientClass.DOOR: 1,
}
"""Sixteenths of all, by kind of visitor: who may send large bodies takes no reader's room.

One network has half of a part at most.
"""

MIN_RESERVATION = 16 * KIB
"""What a body counts for at least: the connection that it comes on is not free either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How long a body may take, and how much of them is held."""

    grace: float = GRACE_SECONDS
    rate: int = MIN_BYTES_PER_SECOND
    longest: float = MAX_SECONDS
    held: int = MAX_BYTES
    held_of_one: int = MAX_BYTES_PER_NETWORK

    def due(self, size: int) -> float:
        """Return the second by which more must have come after `size` bytes."""
        return min(self.grace + size / self.rate, self.longest)


class BodyRejected(Exception):  # noqa: N818  It is an answer, not a fault.
    """The body is not taken; the status says why, None that nobody waits for an answer."""

    def __init__(self, status: int | None) -> None:
        super().__init__()
        self.status = status


class BodyMemory:
    """The bytes that are held of one kind of visitor, by network."""

    def __init__(self, limits: BodyLimits, *, part: int) -> None:
        self._most = limits.held * part // sum(SHARES.values())
        self._most_of_one = min(limits.held_of_one, self._most // 2)
        self._all = 0
        self._by_network: Counter[str] = Counter()

    @contextmanager
    def shelf(self, network: str) -> Iterator["BodyReservation"]:
        """Make room for one body, until it has been dealt with."""
        shelf = BodyReservation(self, network)
        try:
            shelf.fill(0)
            yield shelf
        finally:
            self.take(network, -shelf.held)

    def take(self, network: str, size: int) -> None:
        """Count bytes in, or out if they are negative."""
        self._all += size
        self._by_network[network] += size
        if self._by_network[network] <= 0:
            del self._by_network[network]

    def is_full(self, network: str) -> bool:
        """Tell whether all of it, or this network's part, is used."""
        return self._all > self._most or self._by_network[network] > self._most_of_one


class BodyReservation:
    """The room of one body."""

    def __init__(self, store: BodyMemory, network: str) -> None:
        self._store = store
        self._network = network
        self.held = 0

    def fill(self, size: int) -> None:
        """Count what has come; raise Refused when there is no room for it."""
        size = max(size, MIN_RESERVATION)
        self._store.take(self._network, size - self.held)
        self.held = size
        if self._store.is_full(self._network):
            raise BodyRejected(503)


class RequestBodyMiddleware:
    """Reads the body, or refuses it, before the application hears of the request."""

    def __init__(self, app: ASGIApp, *, limits: BodyLimits | None = None) -> None:
        self._app = app
        self._limits = limits or BodyLimits()
        self._stores = {kind: BodyMemory(self._limits, part=part) for kind, part in SHARES.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or answer for it."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        store = self._stores[client_class_of(scope["path"])]
        try:
            with store.shelf(network_of(client[0] if client else None)) as shelf:
                body = await self._read(scope, receive, shelf)
                headers = strip_charset(scope["headers"])
                plain = collapse_separators(body, headers)
                await self._app({**scope, "headers": headers}, _replay(plain, receive), send)
        except BodyRejected as refused:
            if refused.status is None:
                return
            # What has not been read stands in the way of a next request.
            refusal = error_response(
                Request(scope), refused.status, headers={"connection": "close"}
            )
            await refusal(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, shelf: BodyReservation) -> bytes:
        most = body_size_limit(scope)
        declared = Headers(scope=scope).get("content-length", "0")
        if not (declared.isascii() and declared.isdigit()) or int(declared[:12]) > most:
            raise BodyRejected(413)
        began = asyncio.get_running_loop().time()
        body = bytearray()
        try:
            while True:
                async with asyncio.timeout_at(began + self._limits.due(len(body))):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    raise BodyRejected(None)
                body += message.get("body", b"")
                if len(body) > most:
                    raise BodyRejected(413)
                shelf.fill(len(body))
                if not message.get("more_body", False):
                    return bytes(body)
        except TimeoutError:
            raise BodyRejected(408) from None


def body_size_limit(scope: Scope) -> int:
    """Return how large a body the route takes, in bytes."""
    path: str = scope["path"]
    if path.startswith(API_PATHS):
        headers = Headers(scope=scope)
        return API_BODY if any(name in headers for name in CREDENTIALS) else DEFAULT_BODY
    if path.startswith(CONSOLE_PATH) and not path.startswith(SIGN_IN_PATHS):
        return CONSOLE_BODY
    return DEFAULT_BODY


def _has_body(scope: Scope) -> bool:
    """Tell from the head (RFC 9112, section 6.3)."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the application the body as one piece, and afterwards what the connection says."""
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed
