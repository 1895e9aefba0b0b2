"""The SMTP door: which relay, how to reach it, and connections that last.

aiosmtplib connects, secures and authenticates; then its live transport is handed to our own
transactions (`delivery.line`). It is imported nowhere else.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from service.delivery.line import Line, Sealed, Timeouts
from service.delivery.reply import Result, scrub
from service.kit.errors import Misconfigured

LETTERS_PER_CONNECTION = 100
"""Many servers close a connection after so many; we go first and politely."""

_ANSWER_LINE_LIMIT = 8192
_PORTS = {"smtp": 25, "smtps": 465}
_EXAMPLE = "such as smtp://user:password@mail.example.org:587?starttls=required"


class Starttls(StrEnum):
    """Whether a plain connection is secured before anything is said."""

    REQUIRED = "required"
    IF_OFFERED = "if-offered"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No transaction could begin: the relay, not the letter, is to blame."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The SMTP server that we hand to."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: Starttls = Starttls.IF_OFFERED
    # The name we greet with; receivers like one that resolves.
    helo: str = "localhost"

    @classmethod
    def parse(cls, url: str, *, helo: str = "localhost") -> Self:
        """Read `smtp://user:password@host:587?starttls=required|if-offered|never` or `smtps://…`.

        Raises:
            Misconfigured: it cannot be read; the sentence names the setting and hides the value.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _misconfigured("is not an address") from None
        if parts.scheme not in _PORTS:
            raise _misconfigured("must start with smtp:// or smtps://")
        if not parts.hostname or parts.path.strip("/"):
            raise _misconfigured("must name a host and nothing behind it")
        username = unquote(parts.username) if parts.username else None
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            username=username,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
            starttls=_read_starttls(parts.query, secret=username is not None),
            helo=helo,
        )

    async def connect(self, timeouts: Timeouts) -> Line | Unreachable:
        """Open, secure and authenticate one connection."""
        client = self._make_client(timeouts)
        try:
            async with asyncio.timeout(timeouts.connect):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except TimeoutError:
            client.close()
            return Unreachable(reason="the relay did not answer in time")
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            return Unreachable(reason=f"the relay refused the login: {scrub(str(error))}")
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            return Unreachable(reason=scrub(str(error)) or "the relay is away")
        return _take_over(client, timeouts)

    def _make_client(self, timeouts: Timeouts) -> aiosmtplib.SMTP:
        opportunistic = self.starttls is Starttls.IF_OFFERED and not self.tls
        wanted = {Starttls.REQUIRED: True, Starttls.NEVER: False, Starttls.IF_OFFERED: None}
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            local_hostname=self.helo,
            use_tls=self.tls,
            start_tls=False if self.tls else wanted[self.starttls],
            # Opportunistic encryption without a name check still beats none (RFC 7435).
            validate_certs=not opportunistic,
            timeout=timeouts.connect,
        )


class Carrier:
    """A connection that is opened when needed and renewed after surprises.

    One carrier hands over one letter at a time; several work side by side.
    """

    def __init__(
        self,
        relay: Relay,
        *,
        timeouts: Timeouts | None = None,
        letters_per_connection: int = LETTERS_PER_CONNECTION,
    ) -> None:
        self._relay = relay
        self._timeouts = timeouts or Timeouts()
        self._limit = letters_per_connection
        self._line: Line | None = None
        self._opening: asyncio.Future[Line | Unreachable] | None = None
        self._is_cut = False

    async def hand_over(self, letter: Sealed) -> Result | Unreachable:
        """Offer one letter; a connection that died while idle costs the letter nothing."""
        was_idle = self._line is not None
        line = await self._ready_line()
        if isinstance(line, Unreachable):
            return line
        result = await line.hand_over(letter)
        if was_idle and line.was_stale and not line.usable:
            line = await self._ready_line()
            if isinstance(line, Unreachable):
                return line
            result = await line.hand_over(letter)
        return result

    async def _ready_line(self) -> Line | Unreachable:
        if self._line is not None and (not self._line.usable or self._line.offered >= self._limit):
            await self.close()
        if self._line is None:
            opened = await self._open()
            if isinstance(opened, Unreachable):
                return opened
            self._line = opened
        return self._line

    async def _open(self) -> Line | Unreachable:
        if self._is_cut:
            return Unreachable(reason="this process ends")
        self._opening = asyncio.ensure_future(self._relay.connect(self._timeouts))
        try:
            await asyncio.wait({self._opening})
            if self._opening.cancelled():
                return Unreachable(reason="this process ends")
            return self._opening.result()
        finally:
            self._opening.cancel()
            self._opening = None

    def cut(self) -> None:
        """Break off whatever is under way; a mail without an answer ends as if it were lost."""
        self._is_cut = True
        if self._opening is not None:
            self._opening.cancel()
        if self._line is not None:
            self._line.cut()

    async def close(self) -> None:
        """Close the connection if there is one."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()


def _take_over(client: aiosmtplib.SMTP, timeouts: Timeouts) -> Line | Unreachable:
    """Hand the client's live transport to streams of our own."""
    transport = client.transport
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        client.close()
        return Unreachable(reason="the relay hung up after its greeting")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_ANSWER_LINE_LIMIT, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    return Line(reader, writer, offers=set(client.esmtp_extensions), timeouts=timeouts)


def _read_starttls(query: str, *, secret: bool) -> Starttls:
    options = parse_qs(query, keep_blank_values=True)
    unknown = set(options) - {"starttls"}
    if unknown:
        raise _misconfigured("may have the option starttls and no other")
    # A password does not travel in the clear unless somebody says so.
    default = Starttls.REQUIRED if secret else Starttls.IF_OFFERED
    with contextlib.suppress(ValueError):
        return Starttls(options.get("starttls", [default])[-1])
    raise _misconfigured("must say starttls=required, if-offered or never")


def _misconfigured(what: str) -> Misconfigured:
    return Misconfigured(f"CRIEUR_SMTP_URL {what}, {_EXAMPLE}.")
