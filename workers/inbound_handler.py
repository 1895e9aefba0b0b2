"""What the inbound daemon replies to each SMTP command, and how it stores a message.

It accepts only addresses in the bounce domain whose token is truly signed, and the two that
any server may use, so it never sends a bounce of its own. It replies 250 only after the message
is committed in PostgreSQL. When the database is unavailable it replies 451, and 452 when there is
no room: the sending server keeps the message and retries. 552 is for a message that is too large
ever to be accepted; its sender gives it up.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import Envelope, Session

from service import metrics
from service.kit.clock import Clock
from service.kit.db import Begin, DatabaseUnavailable, is_disk_full
from service.kit.log import get_logger
from service.outcomes import process_reports, unsigned_messages
from workers.inbound_limits import InboundLimiter, client_of

log = get_logger(__name__)

REPLY_UNKNOWN = "550 5.1.1 No such return path here: mail to a person goes to another address"
REPLY_ONE_RECIPIENT = (
    "452 4.5.3 One recipient at a time, please send the rest in another transaction"
)
REPLY_UNAVAILABLE = "451 4.3.0 The store is unavailable, please try again"
REPLY_FULL = "452 4.3.1 There is no room for this just now, please try again later"
REPLY_TOO_LARGE = "552 5.3.4 Nothing in it is signed by us: such mail may have {most} bytes"
REPLY_BUSY = "452 4.3.2 Too many messages are on their way here, please try again in a minute"
REPLY_TOO_MANY_UNKNOWN = "421 4.7.0 Too many addresses here that do not exist"
REPLY_TOO_MANY_CONNECTIONS = (
    "421 4.7.0 Too many connections from your network, please try again later"
)
REPLY_STORED = "250 2.0.0 Kept"

_PARSING_SLOTS = 2
"""Messages to open addresses that are parsed concurrently: each takes a core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundContext:
    """What all sockets of a daemon share."""

    begin: Begin
    clock: Clock
    processor: process_reports.ReportProcessor
    limiter: InboundLimiter
    client_of: Callable[[object], str | None] = client_of
    parsing_slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_PARSING_SLOTS)
    )


class InboundHandler:
    """What the protocol asks at each step (an aiosmtpd handler)."""

    def __init__(self, context: InboundContext, *, channel: str) -> None:
        self._context = context
        self._channel = channel
        self._storing = 0
        self.idle = asyncio.Event()
        self.idle.set()

    def client(self, peer: object) -> str | None:
        """Return the network that limits count by; None for a mail server of our own."""
        return None if self._channel == "lmtp" else self._context.client_of(peer)

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it by this name.
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Return the reply to RCPT: only addresses to which messages may come back are accepted."""
        if envelope.rcpt_tos:
            return REPLY_ONE_RECIPIENT
        client = self.client(session.peer)
        entrance = process_reports.recipient_trust(address, processor=self._context.processor)
        if entrance is None:
            if self._context.limiter.bears_unknown(client):
                return REPLY_UNKNOWN
            server.close_after_reply()
            return REPLY_TOO_MANY_UNKNOWN
        path = address.lower() if entrance is process_reports.RecipientTrust.SIGNED else ""
        if not self._context.limiter.allows_mail(client, path):
            return REPLY_BUSY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it by this name.
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message before saying so."""
        del server
        incoming = process_reports.InboundMessage(
            raw=bytes(envelope.original_content or b""),
            envelope_to=envelope.rcpt_tos[0],
            channel=self._channel,
        )
        self._storing += 1
        self.idle.clear()
        try:
            return await self._store(incoming, self.client(session.peer))
        except DatabaseUnavailable as error:
            is_full = is_disk_full(error)
            log.warning("inbound.store_unavailable", channel=self._channel, is_full=is_full)
            return REPLY_FULL if is_full else REPLY_UNAVAILABLE
        finally:
            self._storing -= 1
            if not self._storing:
                self.idle.set()

    async def handle_exception(self, error: Exception) -> str:
        """Let the sender keep the message whatever went wrong here."""
        log.error("inbound.connection_failed", error=type(error).__name__)
        return REPLY_UNAVAILABLE

    async def _store(self, incoming: process_reports.InboundMessage, client: str | None) -> str:
        processor = self._context.processor
        to = incoming.envelope_to or ""
        if (
            process_reports.recipient_trust(to, processor=processor)
            is not process_reports.RecipientTrust.SIGNED
        ):
            async with self._context.parsing_slots:
                is_proven = await asyncio.to_thread(
                    process_reports.has_signed_token, incoming, processor=processor
                )
            if not is_proven:
                return await self._store_unsigned(incoming, client)
        await asyncio.to_thread(self._insert_report, incoming)
        return REPLY_STORED

    async def _store_unsigned(
        self, incoming: process_reports.InboundMessage, client: str | None
    ) -> str:
        if len(incoming.raw) > unsigned_messages.LIMIT_BYTES:
            log.info("inbound.unsigned", channel=self._channel, kept=False)
            return REPLY_TOO_LARGE.format(most=unsigned_messages.LIMIT_BYTES)
        is_kept = self._context.limiter.allows_unsigned(client) and await asyncio.to_thread(
            self._insert_unsigned, incoming
        )
        log.info("inbound.unsigned", channel=self._channel, kept=is_kept)
        return REPLY_STORED if is_kept else REPLY_FULL

    def _insert_report(self, incoming: process_reports.InboundMessage) -> None:
        with self._context.begin() as session:
            process_reports.store_report(session, incoming, now=self._context.clock())
        metrics.REPORTS_RECEIVED.inc(channel=incoming.channel)

    def _insert_unsigned(self, incoming: process_reports.InboundMessage) -> bool:
        with self._context.begin() as session:
            return unsigned_messages.store_unsigned_message(
                session,
                incoming.raw,
                envelope_to=incoming.envelope_to or "",
                channel=incoming.channel,
                now=self._context.clock(),
            )
