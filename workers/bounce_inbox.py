"""The daemon behind `crieur inbound`: takes returned mail by SMTP and LMTP.

It accepts only addresses in the bounce domain that look signed, and the one that feedback loops
write to, so it never sends a bounce of its own. It answers 250 only when the mail is committed in
PostgreSQL. When the database is away it answers 451: the sending server keeps the mail and comes
again.
"""

import asyncio
import contextlib
import signal
import sys
from functools import partial
from typing import Any
from weakref import WeakSet

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from service import boot
from service.config import Settings, load_settings
from service.kit.clock import Clock
from service.kit.db import Begin, DatabaseAway
from service.kit.errors import Misconfigured
from service.kit.listen import open_doors
from service.kit.log import configure
from service.outcomes import record, return_path

log = structlog.get_logger(__name__)

LIMIT_LINE = 100_000
DRAIN_SECONDS = 20.0

_UNKNOWN = "550 5.1.1 No such return path here: mail to a person goes to another address"
_ONE_EACH = "452 4.5.3 One recipient at a time, please send the rest in another transaction"
_AWAY = "451 4.3.0 The store is away, please try again"
_KEPT = "250 2.0.0 Kept"


class Door:
    """What the protocol asks at each step (an aiosmtpd handler)."""

    def __init__(self, *, begin: Begin, clock: Clock, bounce_domain: str, channel: str) -> None:
        self._begin = begin
        self._clock = clock
        self._bounce_domain = bounce_domain
        self._channel = channel
        self._keeping = 0
        self.idle = asyncio.Event()
        self.idle.set()

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it by this name.
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient that mail may come back to."""
        del server, session
        if envelope.rcpt_tos:
            return _ONE_EACH
        if return_path.parse(address, bounce_domain=self._bounce_domain) is None:
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it by this name.
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail before saying so."""
        del server, session
        incoming = record.Incoming(
            raw=bytes(envelope.original_content or b""),
            envelope_to=envelope.rcpt_tos[0],
            channel=self._channel,
        )
        self._keeping += 1
        self.idle.clear()
        try:
            await asyncio.to_thread(self._keep, incoming)
        except DatabaseAway:
            log.warning("inbound.store_away", channel=self._channel)
            return _AWAY
        finally:
            self._keeping -= 1
            if not self._keeping:
                self.idle.set()
        return _KEPT

    async def handle_exception(self, error: Exception) -> str:
        """Let the sender keep the mail whatever went wrong here."""
        log.error("inbound.fault", error=type(error).__name__)
        return _AWAY

    def _keep(self, incoming: record.Incoming) -> None:
        with self._begin() as session:
            record.keep(session, incoming, now=self._clock())


class _Smtp(SMTP):
    """SMTP that takes the long lines of returned HTML messages."""

    line_length_limit = LIMIT_LINE


class _Lmtp(LMTP):
    """LMTP that takes the long lines of returned HTML messages."""

    line_length_limit = LIMIT_LINE


class Inbox:
    """The open doors and who stands in them."""

    def __init__(self, *, begin: Begin, clock: Clock, bounce_domain: str) -> None:
        self._begin = begin
        self._clock = clock
        self._bounce_domain = bounce_domain
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
        door = Door(
            begin=self._begin,
            clock=self._clock,
            bounce_domain=self._bounce_domain,
            channel=channel,
        )
        self._doors.append(door)
        admit = partial(self._admit, door, channel)
        for opened in open_doors(listen, setting=setting):
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
        visitor: asyncio.BaseProtocol = protocol(
            door,
            data_size_limit=record.LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname=self._bounce_domain,
            ident="Crieur",
            timeout=120,
            loop=asyncio.get_running_loop(),
        )
        self._visitors.add(visitor)
        return visitor


async def serve(runtime: boot.Runtime) -> None:
    """Take returned mail until SIGTERM or SIGINT."""
    settings = runtime.settings
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    inbox = Inbox(begin=runtime.begin, clock=runtime.clock, bounce_domain=settings.bounce_domain)
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
