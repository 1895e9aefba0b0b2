"""The SMTP and LMTP server of `crieur inbound`: aiosmtpd's protocols, with limits on strangers.

`inbound_handler` decides what is replied and stores the message; `inbound_limits` counts what one
network may ask.
"""

import asyncio
import contextlib
from functools import partial
from typing import Any
from weakref import WeakSet

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from service.kit.listen import open_sockets
from service.outcomes import process_reports
from workers.inbound_data import ChunkedDataMixin
from workers.inbound_handler import (
    REPLY_FULL,
    REPLY_TOO_MANY_CONNECTIONS,
    InboundContext,
    InboundHandler,
)
from workers.inbound_limits import InboundLimiter

BUFFER = 100_000
"""Bytes that wait to be read before the sender has to wait."""

DRAIN_SECONDS = 20.0

_READ_BEYOND_LIMIT = process_reports.LIMIT_BYTES
"""Bytes that are read beyond the size limit, so that the sender hears of it."""


class _LimitedConnection:
    """Counts a connection, and the bytes of its mail; mixed into aiosmtpd's protocol."""

    _limiter: InboundLimiter
    _client: str | None = None
    _is_counted = False
    _closes_after_reply = False
    _received = 0
    transport: Any

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Let the client in, if there is room."""
        handler: InboundHandler = self.event_handler  # type: ignore[attr-defined]  # aiosmtpd's.
        self._client = handler.client(transport.get_extra_info("peername"))
        self._is_counted = self._limiter.enter(self._client)
        super().connection_made(transport)  # type: ignore[misc]  # aiosmtpd's.
        if not self._is_counted:
            self._reply_and_close(REPLY_TOO_MANY_CONNECTIONS)

    def data_received(self, data: bytes) -> None:
        """Read on, unless there is too much of it."""
        if self.transport is None or self.transport.is_closing():
            return
        self._received += len(data)
        has_capacity = self._limiter.hold(self._client, len(data))
        if not has_capacity or self._received > process_reports.LIMIT_BYTES + _READ_BEYOND_LIMIT:
            self._reply_and_close(REPLY_FULL)
            return
        super().data_received(data)  # type: ignore[misc]  # aiosmtpd's.

    def connection_lost(self, error: Exception | None) -> None:
        """Give the room back."""
        self._release_bytes()
        if self._is_counted:
            self._limiter.leave(self._client)
            self._is_counted = False
        super().connection_lost(error)  # type: ignore[misc]  # aiosmtpd's.

    def close_after_reply(self) -> None:
        """End the connection once the answer that is being made has been sent."""
        self._closes_after_reply = True

    async def push(self, status: str) -> None:
        """Answer, and go if it was the last word."""
        await super().push(status)  # type: ignore[misc]  # aiosmtpd's.
        if self._closes_after_reply and self.transport is not None:
            self.transport.close()

    def _set_post_data_state(self) -> None:
        """The message is not on its way any more."""
        self._release_bytes()
        super()._set_post_data_state()  # type: ignore[misc]  # aiosmtpd's.

    def _release_bytes(self) -> None:
        self._limiter.hold(self._client, -self._received)
        self._received = 0

    def _reply_and_close(self, sentence: str) -> None:
        # A 421 is the last word on a connection (RFC 5321, section 3.8), whatever else it says.
        self.transport.write(f"421{sentence[3:]}\r\n".encode())
        self.transport.close()


class _Smtp(ChunkedDataMixin, _LimitedConnection, SMTP):  # type: ignore[misc]  # aiosmtpd is untyped.
    """SMTP that takes lines of any length, as returned HTML messages have."""

    line_length_limit = BUFFER


class _Lmtp(ChunkedDataMixin, _LimitedConnection, LMTP):  # type: ignore[misc]  # aiosmtpd is untyped.
    """LMTP that takes lines of any length, as returned HTML messages have."""

    line_length_limit = BUFFER


class InboundServer:
    """The open sockets and their clients."""

    def __init__(self, context: InboundContext) -> None:
        self._context = context
        self._handlers: list[InboundHandler] = []
        self._servers: list[asyncio.Server] = []
        self._connections: WeakSet[asyncio.BaseProtocol] = WeakSet()

    async def open(
        self, listen: str, *, channel: str = "smtp", setting: str = "CRIEUR_INBOUND_LISTEN"
    ) -> int:
        """Listen on `host:port`; the answer is the port (0 asks for a free one).

        Raises:
            Misconfigured: it cannot be listened on; the sentence names `setting`.
        """
        handler = InboundHandler(self._context, channel=channel)
        self._handlers.append(handler)
        make_protocol = partial(self._make_protocol, handler, channel)
        for opened in open_sockets(listen, setting=setting):
            server = await asyncio.get_running_loop().create_server(make_protocol, sock=opened)
            self._servers.append(server)
        return int(self._servers[-1].sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no new mail, finish keeping what has arrived, then hang up."""
        for server in self._servers:
            server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                for handler in self._handlers:
                    await handler.idle.wait()
        for connection in list(self._connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.close()
        for server in self._servers:
            await server.wait_closed()

    def _make_protocol(self, handler: InboundHandler, channel: str) -> asyncio.BaseProtocol:
        protocol = _Lmtp if channel == "lmtp" else _Smtp
        connection = protocol(
            handler,
            data_size_limit=process_reports.LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname=self._context.processor.bounce_domain,
            ident="Crieur",
            timeout=120,
            loop=asyncio.get_running_loop(),
        )
        connection._limiter = self._context.limiter  # noqa: SLF001  Ours, in a class of aiosmtpd's.
        self._connections.add(connection)
        return connection
