"""The daemon behind `crieur inbound`: takes returned mail by SMTP and LMTP.

It accepts only addresses in the bounce domain whose token is truly signed, and the two that
anybody may write to, so it never sends a bounce of its own. It answers 250 only when the mail is
committed in PostgreSQL. When the database is away it answers 451, and 452 when there is no room:
the sending server keeps the mail and comes again. It gets 552 for one that is too large ever to be
taken, and gives it up. What strangers may ask is limited
(`inbound_gate`).
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakSet

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from service import boot
from service.config import Settings, load_settings
from service.kit.clock import Clock
from service.kit.db import Begin, DatabaseAway, is_out_of_room
from service.kit.errors import Misconfigured
from service.kit.listen import open_sockets
from service.kit.log import configure, get_logger
from service.outcomes import record, unsigned
from workers.inbound_data import InPieces
from workers.inbound_gate import Gate, client_of

log = get_logger(__name__)

BUFFER = 100_000
"""Bytes that wait to be read before the sender has to."""

DRAIN_SECONDS = 20.0

_UNKNOWN = "550 5.1.1 No such return path here: mail to a person goes to another address"
_ONE_EACH = "452 4.5.3 One recipient at a time, please send the rest in another transaction"
_AWAY = "451 4.3.0 The store is away, please try again"
_FULL = "452 4.3.1 There is no room for this just now, please try again later"
_TOO_LARGE = "552 5.3.4 Nothing in it is signed by us: such mail may have {most} bytes"
_BUSY = "452 4.3.2 Too many mails are on their way here, please try again in a minute"
_ENOUGH = "421 4.7.0 Too many addresses here that are nobody's"
_CROWDED = "421 4.7.0 Too many connections from your network, please try again later"
_KEPT = "250 2.0.0 Kept"

_JUDGES = 2
"""Mails to open addresses that are read at once: it takes a core."""

_DRAINED = record.LIMIT_BYTES
"""Bytes that are read beyond the size limit, so that the sender hears of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What all doors of a daemon share."""

    begin: Begin
    clock: Clock
    taker: record.Taker
    gate: Gate
    whose: Callable[[object], str | None] = client_of
    judges: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_JUDGES))


class Door:
    """What the protocol asks at each step (an aiosmtpd handler)."""

    def __init__(self, shop: Shop, *, channel: str) -> None:
        self._shop = shop
        self._channel = channel
        self._keeping = 0
        self.idle = asyncio.Event()
        self.idle.set()

    def client(self, peer: object) -> str | None:
        """Return the network that limits count by; None for a mail server of our own."""
        return None if self._channel == "lmtp" else self._shop.whose(peer)

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it by this name.
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient that mail may come back to."""
        if envelope.rcpt_tos:
            return _ONE_EACH
        client = self.client(session.peer)
        entrance = record.entrance(address, taker=self._shop.taker)
        if entrance is None:
            if self._shop.gate.bears_unknown(client):
                return _UNKNOWN
            server.hang_up()
            return _ENOUGH
        path = address.lower() if entrance is record.Entrance.SIGNED else ""
        if not self._shop.gate.allows_mail(client, path):
            return _BUSY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it by this name.
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail before saying so."""
        del server
        incoming = record.Incoming(
            raw=bytes(envelope.original_content or b""),
            envelope_to=envelope.rcpt_tos[0],
            channel=self._channel,
        )
        self._keeping += 1
        self.idle.clear()
        try:
            return await self._take(incoming, self.client(session.peer))
        except DatabaseAway as error:
            is_full = is_out_of_room(error)
            log.warning("inbound.store_away", channel=self._channel, is_full=is_full)
            return _FULL if is_full else _AWAY
        finally:
            self._keeping -= 1
            if not self._keeping:
                self.idle.set()

    async def handle_exception(self, error: Exception) -> str:
        """Let the sender keep the mail whatever went wrong here."""
        log.error("inbound.fault", error=type(error).__name__)
        return _AWAY

    async def _take(self, incoming: record.Incoming, client: str | None) -> str:
        taker = self._shop.taker
        to = incoming.envelope_to or ""
        if record.entrance(to, taker=taker) is not record.Entrance.SIGNED:
            async with self._shop.judges:
                is_proven = await asyncio.to_thread(record.is_proven, incoming, taker=taker)
            if not is_proven:
                return await self._set_apart(incoming, client)
        await asyncio.to_thread(self._keep, incoming)
        return _KEPT

    async def _set_apart(self, incoming: record.Incoming, client: str | None) -> str:
        if len(incoming.raw) > unsigned.LIMIT_BYTES:
            log.info("inbound.unsigned", channel=self._channel, kept=False)
            return _TOO_LARGE.format(most=unsigned.LIMIT_BYTES)
        is_kept = self._shop.gate.allows_unsigned(client) and await asyncio.to_thread(
            self._keep_unsigned, incoming
        )
        log.info("inbound.unsigned", channel=self._channel, kept=is_kept)
        return _KEPT if is_kept else _FULL

    def _keep(self, incoming: record.Incoming) -> None:
        with self._shop.begin() as session:
            record.keep(session, incoming, now=self._shop.clock())

    def _keep_unsigned(self, incoming: record.Incoming) -> bool:
        with self._shop.begin() as session:
            return unsigned.keep(
                session,
                incoming.raw,
                envelope_to=incoming.envelope_to or "",
                channel=incoming.channel,
                now=self._shop.clock(),
            )


class _Counted:
    """Counts a connection, and the bytes of its mail; mixed into aiosmtpd's protocol."""

    _gate: Gate
    _client: str | None = None
    _is_in = False
    _is_leaving = False
    _bytes = 0
    transport: Any

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Let the client in, if there is room."""
        door: Door = self.event_handler  # type: ignore[attr-defined]  # aiosmtpd's.
        self._client = door.client(transport.get_extra_info("peername"))
        self._is_in = self._gate.enter(self._client)
        super().connection_made(transport)  # type: ignore[misc]  # aiosmtpd's.
        if not self._is_in:
            self._say_and_close(_CROWDED)

    def data_received(self, data: bytes) -> None:
        """Read on, unless there is too much of it."""
        if self.transport is None or self.transport.is_closing():
            return
        self._bytes += len(data)
        has_capacity = self._gate.hold(self._client, len(data))
        if not has_capacity or self._bytes > record.LIMIT_BYTES + _DRAINED:
            self._say_and_close(_FULL)
            return
        super().data_received(data)  # type: ignore[misc]  # aiosmtpd's.

    def connection_lost(self, error: Exception | None) -> None:
        """Give the room back."""
        self._let_go()
        if self._is_in:
            self._gate.leave(self._client)
            self._is_in = False
        super().connection_lost(error)  # type: ignore[misc]  # aiosmtpd's.

    def hang_up(self) -> None:
        """End the connection once the answer that is being made has been sent."""
        self._is_leaving = True

    async def push(self, status: str) -> None:
        """Answer, and go if it was the last word."""
        await super().push(status)  # type: ignore[misc]  # aiosmtpd's.
        if self._is_leaving and self.transport is not None:
            self.transport.close()

    def _set_post_data_state(self) -> None:
        """The mail is not on its way any more."""
        self._let_go()
        super()._set_post_data_state()  # type: ignore[misc]  # aiosmtpd's.

    def _let_go(self) -> None:
        self._gate.hold(self._client, -self._bytes)
        self._bytes = 0

    def _say_and_close(self, sentence: str) -> None:
        # A 421 is the last word on a connection (RFC 5321, section 3.8), whatever else it says.
        self.transport.write(f"421{sentence[3:]}\r\n".encode())
        self.transport.close()


class _Smtp(InPieces, _Counted, SMTP):  # type: ignore[misc]  # aiosmtpd is untyped.
    """SMTP that takes lines of any length, as returned HTML messages have."""

    line_length_limit = BUFFER


class _Lmtp(InPieces, _Counted, LMTP):  # type: ignore[misc]  # aiosmtpd is untyped.
    """LMTP that takes lines of any length, as returned HTML messages have."""

    line_length_limit = BUFFER


class Inbox:
    """The open doors and who stands in them."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._doors: list[Door] = []
        self._servers: list[asyncio.Server] = []
        self._visitors: WeakSet[asyncio.BaseProtocol] = WeakSet()

    async def open(
        self, listen: str, *, channel: str = "smtp", setting: str = "CRIEUR_INBOUND_LISTEN"
    ) -> int:
        """Listen on `host:port`; the answer is the port (0 asks for a free one).

        Raises:
            Misconfigured: it cannot be listened on; the sentence names `setting`.
        """
        door = Door(self._shop, channel=channel)
        self._doors.append(door)
        admit = partial(self._admit, door, channel)
        for opened in open_sockets(listen, setting=setting):
            server = await asyncio.get_running_loop().create_server(admit, sock=opened)
            self._servers.append(server)
        return int(self._servers[-1].sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no new mail, finish keeping what has arrived, then hang up."""
        for server in self._servers:
            server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                for door in self._doors:
                    await door.idle.wait()
        for visitor in list(self._visitors):
            transport = getattr(visitor, "transport", None)
            if transport is not None:
                transport.close()
        for server in self._servers:
            await server.wait_closed()

    def _admit(self, door: Door, channel: str) -> asyncio.BaseProtocol:
        protocol = _Lmtp if channel == "lmtp" else _Smtp
        visitor = protocol(
            door,
            data_size_limit=record.LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname=self._shop.taker.bounce_domain,
            ident="Crieur",
            timeout=120,
            loop=asyncio.get_running_loop(),
        )
        visitor._gate = self._shop.gate  # noqa: SLF001  Ours, in a class of aiosmtpd's.
        self._visitors.add(visitor)
        return visitor


async def serve(runtime: boot.Runtime) -> None:
    """Take returned mail until SIGTERM or SIGINT."""
    settings = runtime.settings
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    taker = record.Taker(
        keyring=runtime.keyring,
        bounce_domain=settings.bounce_domain,
        provider_of=runtime.pacing_rules.provider_of,
    )
    inbox = Inbox(Shop(begin=runtime.begin, clock=runtime.clock, taker=taker, gate=Gate()))
    await inbox.open(settings.inbound_listen)
    if settings.inbound_lmtp_listen:
        await inbox.open(
            settings.inbound_lmtp_listen, channel="lmtp", setting="CRIEUR_INBOUND_LMTP_LISTEN"
        )
    log.info("daemon.started", daemon="inbound", listen=settings.inbound_listen)
    await stop.wait()
    await inbox.close()
    log.info("daemon.stopped", daemon="inbound")


def main() -> int:
    """Run the daemon on configured servers; `crieur inbound` also starts embedded ones."""
    try:
        settings = _configured()
        configure(as_json=settings.log_json, level=settings.log_level)
        with boot.runtime(settings) as runtime:
            asyncio.run(serve(runtime))
    except Misconfigured as error:
        print(f"crieur: {error}", file=sys.stderr)  # noqa: T201  The sentence is for the terminal.
        return 1
    return 0


def _configured() -> Settings:
    settings = load_settings()
    if settings.is_embedded:
        raise Misconfigured(
            "CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL are not set: set them, "
            "or start this daemon with 'crieur inbound'."
        )
    return settings


if __name__ == "__main__":
    sys.exit(main())
