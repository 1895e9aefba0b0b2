"""SMTP relays: which relay, how to reach it, and connections that last.

aiosmtplib connects, secures and authenticates; then its live transport is handed to our own
transactions (`smtp.connection`, kept open by `smtp.relay_connection`). Only this module imports
it.
"""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from service import metrics
from service.delivery.smtp.connection import SmtpConnection
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.replies import scrub
from service.kit.errors import Misconfigured
from service.kit.translatable import TranslatableMessage, translatable, verbatim

MESSAGES_PER_CONNECTION = 1000
"""Many servers close a connection after so many; we go first and politely."""

_PORTS = {"smtp": 25, "smtps": 465}
_OPTIONS = ("starttls", "weight", "connections", "rate", "from", "per_connection")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_HOST = re.compile(r"(?=.{1,253}$)\w(?:\.?[\w-])*\.?|[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?")
_ENCODE = "in a password write @ : / ? # % as %40 %3A %2F %3F %23 %25"
_EXAMPLE = "smtp://user:password@mail.example.org:587?starttls=required"

# RFC 1870 section 3.
_MAX_SIZE_DIGITS = 20
_MAX_OPTION_DIGITS = 8


class Starttls(StrEnum):
    """Whether a plain connection is secured before anything is said."""

    REQUIRED = "required"
    IF_OFFERED = "if-offered"
    NEVER = "never"


CHECK_ADDRESS = translatable("relay.advice.address")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayUnreachable:
    """No transaction could begin: the relay, not the message, is to blame."""

    reason: TranslatableMessage
    advice: TranslatableMessage = CHECK_ADDRESS


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
    # Its part of the messages among several relays.
    weight: int = 1
    # Connections that one sending job opens to it, at most.
    connections: int | None = None
    # Messages per minute that it takes from all of us.
    rate: int | None = None
    # The sender domains it is for; a relay without any serves all others.
    senders: frozenset[str] = frozenset()
    per_connection: int = MESSAGES_PER_CONNECTION

    @property
    def name(self) -> str:
        """Return what to call it in a log and in limits: without its secrets."""
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, url: str, *, helo: str = "localhost") -> Self:
        """Read `smtp://user:password@host:587?starttls=required|if-offered|never` or `smtps://…`.

        Further options: `weight`, `connections`, `rate`, `per_connection` with whole numbers, and
        `from` with the sender domains that it is for, separated by commas.

        Raises:
            Misconfigured: it cannot be read; the sentence names the setting and hides the value.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _misconfigured(f"is not an address such as {_EXAMPLE}; {_ENCODE}") from None
        if parts.scheme not in _PORTS:
            raise _misconfigured(f"must start with smtp:// or smtps://, such as {_EXAMPLE}")
        if parts.fragment or parts.path.strip("/"):
            raise _misconfigured(f"must have nothing but options behind the host; {_ENCODE}")
        if not _HOST.fullmatch(parts.hostname or "") or port == 0:
            raise _misconfigured(f"must name a host, such as {_EXAMPLE}; several need spaces")
        if parts.password and not parts.username:
            raise _misconfigured(f"has a password but no user name, write {_EXAMPLE}")
        if parts.username and not parts.password:
            raise _misconfigured(f"has a user without a password, write {_EXAMPLE}")
        username = unquote(parts.username) if parts.username else None
        options = _read_options(parts.query)
        return cls(
            host=str(parts.hostname),
            port=port or _PORTS[parts.scheme],
            username=username,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
            starttls=_read_starttls(options, secret=username is not None),
            helo=helo,
            weight=_read_number(options, "weight", most=1000) or 1,
            connections=_read_number(options, "connections", most=1000),
            rate=_read_number(options, "rate"),
            senders=_read_senders(options),
            per_connection=_read_number(options, "per_connection") or MESSAGES_PER_CONNECTION,
        )

    async def connect(self, timeouts: SmtpTimeouts) -> SmtpConnection | RelayUnreachable:
        """Open, secure and authenticate one connection."""
        client = self._make_client(timeouts)
        started = monotonic()
        try:
            async with asyncio.timeout(timeouts.connect):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except TimeoutError:
            client.close()
            metrics.SMTP_CONNECTION_FAILURES.inc(relay=self.name)
            return RelayUnreachable(reason=translatable("relay.no_answer"))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            metrics.SMTP_CONNECTION_FAILURES.inc(relay=self.name)
            return _explain(error)
        metrics.SMTP_CONNECT_SECONDS.observe(monotonic() - started, relay=self.name)
        return _take_over(client, timeouts, relay=self)

    def _make_client(self, timeouts: SmtpTimeouts) -> aiosmtplib.SMTP:
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


def _explain(error: Exception) -> RelayUnreachable:
    """Say what went wrong, and what to do where TLS or the login is to blame."""
    cause = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) else error
    match cause:
        case aiosmtplib.SMTPAuthenticationError():
            return RelayUnreachable(
                reason=translatable(
                    "relay.login_refused", code=str(cause.code), reply=scrub(cause.message)
                ),
                advice=translatable("relay.advice.login"),
            )
        case ssl.SSLCertVerificationError():
            return RelayUnreachable(
                reason=translatable("relay.certificate", reason=cause.verify_message),
                advice=translatable("relay.advice.certificate"),
            )
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            return RelayUnreachable(
                reason=translatable("relay.no_tls"),
                advice=translatable("relay.advice.tls"),
            )
        case aiosmtplib.SMTPException() if "STARTTLS extension" in cause.message:
            return RelayUnreachable(
                reason=translatable("relay.no_starttls"),
                advice=translatable("relay.advice.starttls"),
            )
    return RelayUnreachable(reason=_name_fault(cause) or verbatim(scrub(str(error)).rstrip(".")))


def _name_fault(cause: BaseException | None) -> TranslatableMessage | None:
    """Say in words what the system says in numbers."""
    if isinstance(cause, ConnectionRefusedError):
        return translatable("relay.not_listening")
    if isinstance(cause, socket.gaierror):
        return translatable("relay.unknown_name")
    return None if str(cause) else translatable("relay.unavailable")


def _take_over(
    client: aiosmtplib.SMTP, timeouts: SmtpTimeouts, *, relay: Relay
) -> SmtpConnection | RelayUnreachable:
    """Hand the client's live transport to streams of our own."""
    transport = client.transport
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        client.close()
        return RelayUnreachable(reason=translatable("relay.hung_up"))
    extensions = client.esmtp_extensions
    return SmtpConnection(
        transport,
        extensions=set(extensions),
        timeouts=timeouts,
        limit=relay.per_connection,
        max_bytes=_read_size(extensions.get("size", "")),
        name=relay.name,
    )


def _read_size(parameter: str) -> int:
    """Return how many bytes SIZE allows; 0 where it names no limit, or none that can be read."""
    number = parameter.strip()
    return (
        int(number)
        if number.isascii() and number.isdigit() and len(number) <= _MAX_SIZE_DIGITS
        else 0
    )


def _read_options(query: str) -> Mapping[str, str]:
    """Return each option's last value."""
    options = {key: values[-1] for key, values in parse_qs(query, keep_blank_values=True).items()}
    if set(options) - set(_OPTIONS):
        raise _misconfigured(f"may have the options {', '.join(_OPTIONS)} and no other; {_ENCODE}")
    return options


def _read_starttls(options: Mapping[str, str], *, secret: bool) -> Starttls:
    # A password does not travel in the clear unless a setting says so.
    default = Starttls.REQUIRED if secret else Starttls.IF_OFFERED
    with contextlib.suppress(ValueError):
        return Starttls(options.get("starttls", default))
    raise _misconfigured("must say starttls=required, if-offered or never")


def _read_number(options: Mapping[str, str], key: str, *, most: int = 10_000_000) -> int | None:
    text = options.get(key)
    if text is None:
        return None
    if (
        text.isascii()
        and text.isdigit()
        and len(text) <= _MAX_OPTION_DIGITS
        and 1 <= int(text) <= most
    ):
        return int(text)
    raise _misconfigured(f"must say {key}= with a whole number from 1 to {most}")


def _read_senders(options: Mapping[str, str]) -> frozenset[str]:
    text = options.get("from")
    if text is None:
        return frozenset()
    senders = frozenset(each.strip().lower().rstrip(".") for each in text.split(","))
    if not all(map(_DOMAIN.fullmatch, senders)):
        raise _misconfigured("must say from= with sender domains such as example.org,example.com")
    return senders


def _misconfigured(what: str) -> Misconfigured:
    return Misconfigured(f"CRIEUR_SMTP_URL {what}.")
