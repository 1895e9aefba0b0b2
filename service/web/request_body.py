"""Middleware that reads a request's body completely before the application sees the request.

An unfinished body then holds a socket and some memory, but no thread, no admission slot and no
transaction, so slow clients never block others. The memory is limited in total and per network; a
body has a maximum size by its route, a minimum transfer rate and a deadline.
"""

import asyncio
import re
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
UPLOAD_BODY = 1100 * KIB
API_BODY = 5 * 1024 * KIB

CONSOLE_PATH = "/console/"
# A list of feeds, a megabyte at most, and what surrounds it in a form.
UPLOAD_PATH = re.compile(r"/console/newsletters/[a-z0-9-]{1,60}/feeds/import")
# Anybody may send to the sign-in pages.
SIGN_IN_PATHS = ("/console/sign-in", "/console/link/")
API_PATHS = ("/api/", "/hooks/", "/websub/")
# A request without either of these is refused anyway, so its body stays small.
CREDENTIALS = ("authorization", "x-crieur-signature", "x-hub-signature")

GRACE_SECONDS = 10.0
MIN_BYTES_PER_SECOND = 8 * KIB
MAX_SECONDS = 60.0
"""A body may take ten seconds, plus one for each 8 KiB received; at most a minute."""

MAX_BYTES = 64 * 1024 * KIB
MAX_BYTES_PER_NETWORK = 16 * 1024 * KIB
"""Bytes of request bodies that a process holds at a time: in total, and for one network."""

SHARES = {
    ClientClass.READERS: 8,
    ClientClass.CONSOLE: 3,
    ClientClass.API: 4,
    ClientClass.SIGN_IN: 1,
}
"""Sixteenths of the total, by client class: large bodies of others leave readers their share.

One network has at most half of a share.
"""

MIN_RESERVATION = 16 * KIB
"""Bytes that a body counts for at least: its connection costs memory, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How long a body may take, and how many bytes are held."""

    grace: float = GRACE_SECONDS
    bytes_per_second: int = MIN_BYTES_PER_SECOND
    max_seconds: float = MAX_SECONDS
    max_bytes: int = MAX_BYTES
    max_bytes_per_network: int = MAX_BYTES_PER_NETWORK

    def deadline(self, size: int) -> float:
        """Return how many seconds a body may take of which `size` bytes have arrived."""
        return min(self.grace + size / self.bytes_per_second, self.max_seconds)


class BodyRejected(Exception):  # noqa: N818  It is an answer, not a fault.
    """The body is rejected with an HTTP status; None if the client has disconnected."""

    def __init__(self, status: int | None) -> None:
        super().__init__()
        self.status = status


class BodyMemory:
    """Counts the body bytes that are held for one client class, by network."""

    def __init__(self, limits: BodyLimits, *, share: int) -> None:
        self._max_bytes = limits.max_bytes * share // sum(SHARES.values())
        self._max_bytes_per_network = min(limits.max_bytes_per_network, self._max_bytes // 2)
        self._total = 0
        self._by_network: Counter[str] = Counter()

    @contextmanager
    def reserve(self, network: str) -> Iterator["BodyReservation"]:
        """Reserve memory for one body while the context is open."""
        reservation = BodyReservation(self, network)
        try:
            reservation.grow(0)
            yield reservation
        finally:
            self.add(network, -reservation.size)

    def add(self, network: str, size: int) -> None:
        """Add bytes to the count of a network; a negative number releases them."""
        self._total += size
        self._by_network[network] += size
        if self._by_network[network] <= 0:
            del self._by_network[network]

    def is_full(self, network: str) -> bool:
        """Return whether the total, or this network's part of it, is exceeded."""
        return (
            self._total > self._max_bytes or self._by_network[network] > self._max_bytes_per_network
        )


class BodyReservation:
    """The memory that one body has reserved."""

    def __init__(self, memory: BodyMemory, network: str) -> None:
        self._memory = memory
        self._network = network
        self.size = 0

    def grow(self, size: int) -> None:
        """Grow to `size` bytes; raise BodyRejected when that exceeds the limit."""
        size = max(size, MIN_RESERVATION)
        self._memory.add(self._network, size - self.size)
        self.size = size
        if self._memory.is_full(self._network):
            raise BodyRejected(503)


class RequestBodyMiddleware:
    """Reads or rejects the body before the application sees the request."""

    def __init__(self, app: ASGIApp, *, limits: BodyLimits | None = None) -> None:
        self._app = app
        self._limits = limits or BodyLimits()
        self._memory = {
            kind: BodyMemory(self._limits, share=share) for kind, share in SHARES.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application with the complete body, or answer with an error."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        memory = self._memory[client_class_of(scope["path"])]
        try:
            with memory.reserve(network_of(client[0] if client else None)) as reservation:
                body = await self._read(scope, receive, reservation)
                headers = strip_charset(scope["headers"])
                plain = collapse_separators(body, headers)
                await self._app({**scope, "headers": headers}, _replay(plain, receive), send)
        except BodyRejected as refused:
            if refused.status is None:
                return
            # The unread rest of the body would be taken for the next request.
            refusal = error_response(
                Request(scope), refused.status, headers={"connection": "close"}
            )
            await refusal(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, reservation: BodyReservation) -> bytes:
        limit = body_size_limit(scope)
        declared = Headers(scope=scope).get("content-length", "0")
        if not (declared.isascii() and declared.isdigit()) or int(declared[:12]) > limit:
            raise BodyRejected(413)
        began = asyncio.get_running_loop().time()
        body = bytearray()
        try:
            while True:
                async with asyncio.timeout_at(began + self._limits.deadline(len(body))):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    raise BodyRejected(None)
                body += message.get("body", b"")
                if len(body) > limit:
                    raise BodyRejected(413)
                reservation.grow(len(body))
                if not message.get("more_body", False):
                    return bytes(body)
        except TimeoutError:
            raise BodyRejected(408) from None


def body_size_limit(scope: Scope) -> int:
    """Return the maximum size of a body in bytes, by its route."""
    path: str = scope["path"]
    if path.startswith(API_PATHS):
        headers = Headers(scope=scope)
        return API_BODY if any(name in headers for name in CREDENTIALS) else DEFAULT_BODY
    if path.startswith(CONSOLE_PATH) and not path.startswith(SIGN_IN_PATHS):
        return UPLOAD_BODY if UPLOAD_PATH.fullmatch(path) else CONSOLE_BODY
    return DEFAULT_BODY


def _has_body(scope: Scope) -> bool:
    """Return whether the head announces a body (RFC 9112, section 6.3)."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields the body in one piece, then the connection's messages."""
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed
