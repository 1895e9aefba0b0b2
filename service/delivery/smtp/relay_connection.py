"""A connection to one of the relays that is opened when needed and renewed after surprises."""

import asyncio
import math
from collections import Counter
from collections.abc import Collection
from operator import itemgetter
from typing import Protocol

from service.delivery.smtp.connection import MessagePipeline, ProviderLimit, SmtpConnection
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import Relay, RelayUnreachable
from service.delivery.smtp.relay_pool import FAILURES_BEFORE_DOWN, RelayPool
from service.delivery.smtp.replies import MessageAccepted, MessageDeferred, TransactionResult
from service.kit.log import get_logger
from service.kit.translatable import translatable

log = get_logger(__name__)

NO_RELAY_FOR_SENDER = RelayUnreachable(
    reason=translatable("relay.other_senders"), advice=translatable("relay.advice.other_senders")
)

PIPELINING_PAUSE = 50
"""Messages without pipelining after one that was not taken: the connection would be lost with the
next such answer."""


class IncidentRecorder(Protocol):
    """Keeps what connections learn about relays, for operators to see."""

    async def record_failure(self, name: str, why: RelayUnreachable) -> None:
        """Record that a relay refused a connection, or that no relay serves a sender domain."""

    async def record_recovery(self, name: str) -> None:
        """Record that a relay that had failed has accepted a connection."""


class RelayConnection:
    """One connection after the other, to whichever relay has its turn.

    It hands over one message at a time; several of them work side by side.
    """

    def __init__(
        self,
        relay_pool: RelayPool[Relay],
        *,
        sender_domain: str,
        open_connections: Counter[Relay] | None = None,
        timeouts: SmtpTimeouts | None = None,
        incidents: IncidentRecorder | None = None,
        provider_limit: ProviderLimit | None = None,
    ) -> None:
        """Take the relays to choose from; `open_connections` counts those of a whole run.

        What becomes known about relays goes to `incidents`. With `provider_limit` a connection is
        renewed before it carries more messages to a mailbox provider than that provider takes.
        """
        self._provider_limit = provider_limit
        self._relay_pool = relay_pool
        self._sender_domain = sender_domain
        self._open_connections: Counter[Relay] = (
            Counter() if open_connections is None else open_connections
        )
        self._timeouts = timeouts or SmtpTimeouts()
        self._incidents = incidents
        self._relay: Relay | None = None
        self._connection: SmtpConnection | None = None
        self._opening: asyncio.Future[SmtpConnection | RelayUnreachable] | None = None
        self._is_cut = False
        self._unpipelined_left = 0
        # Whether the relay has taken a message on this connection.
        self._has_carried = False

    async def send_message(
        self,
        message: OutgoingMessage,
        *,
        pipeline: MessagePipeline | None = None,
        until: float = math.inf,
    ) -> TransactionResult | RelayUnreachable:
        """Offer one message; a connection that died while idle costs the message nothing.

        Nor does one that has carried enough for the relay's taste: some say 452 to every further
        sender instead of 421, and only a new connection helps. One that took nothing yet is not
        renewed for that, or a relay in trouble would be called again for each message.

        Messages that `pipeline` announces may go out after it: the result is about the one that
        was under way last, and one that was begun by then is to be handed over next.

        One that is too large for a relay goes to another one; only if none takes it, it is held.
        """
        too_small: dict[Relay, tuple[int, MessageDeferred]] = {}
        while True:
            result = await self._offer(message, pipeline, until=until, without=too_small)
            if not isinstance(result, MessageDeferred) or not result.holds:
                return result
            if self._relay is None or self._connection is None:
                return result
            # Nothing was said: another relay of this sender's may take larger messages.
            too_small[self._relay] = self._connection.max_bytes, result
            if too_small.keys() >= set(self._relay_pool.serving(self._sender_domain)):
                return max(too_small.values(), key=itemgetter(0))[1]
            await self.close()

    async def _offer(
        self,
        message: OutgoingMessage,
        pipeline: MessagePipeline | None,
        *,
        until: float,
        without: Collection[Relay],
    ) -> TransactionResult | RelayUnreachable:
        was_idle = self._connection is not None
        connection = await self._ready_connection(message, without)
        if isinstance(connection, RelayUnreachable):
            return connection
        result = await connection.send_message(message, pipeline=self._allow(pipeline), until=until)
        if isinstance(result, MessageDeferred) and result.holds:
            return result
        is_tired = self._has_carried and isinstance(result, MessageDeferred)
        if was_idle and connection.was_stale and (is_tired or not connection.usable):
            await self.close()
            connection = await self._ready_connection(message, without)
            if isinstance(connection, RelayUnreachable):
                return connection
            result = await connection.send_message(
                message, pipeline=self._allow(pipeline), until=until
            )
        self._has_carried = self._has_carried or isinstance(result, MessageAccepted)
        if not isinstance(result, MessageAccepted):
            self._unpipelined_left = PIPELINING_PAUSE
        elif self._unpipelined_left:
            self._unpipelined_left -= 1
        return result

    def _allow(self, pipeline: MessagePipeline | None) -> MessagePipeline | None:
        """Begin nothing ahead among refusals."""
        return None if self._unpipelined_left else pipeline

    async def _ready_connection(
        self, message: OutgoingMessage, without: Collection[Relay]
    ) -> SmtpConnection | RelayUnreachable:
        connection = self._connection
        if connection is not None:
            if connection.usable and not connection.is_spent and connection.has_room_for(message):
                return connection
            await self.close()
        opened = await self._open(without)
        if isinstance(opened, SmtpConnection):
            self._connection = opened
            opened.limit_providers(self._provider_limit)
            self._has_carried = False
            if self._relay and self._relay_pool.record_connection(self._relay, ok=True):
                log.info("relay.back", relay=self._relay.name)
                if self._incidents:
                    await self._incidents.record_recovery(self._relay.name)
        return opened

    async def _open(self, without: Collection[Relay]) -> SmtpConnection | RelayUnreachable:
        """Try relays until one lets us in; each that does not is passed over after a few times."""
        serving = self._relay_pool.serving(self._sender_domain)
        if not serving and self._incidents:
            await self._incidents.record_failure(self._sender_domain, NO_RELAY_FOR_SENDER)
        missed = (
            RelayUnreachable(reason=translatable("relay.all_down"))
            if serving
            else NO_RELAY_FOR_SENDER
        )
        if without:
            missed = RelayUnreachable(reason=translatable("relay.large_ones_down"))
        for _ in range(FAILURES_BEFORE_DOWN * len(serving)):
            relay = self._relay_pool.choose(
                self._sender_domain, open_connections=self._open_connections, without=without
            )
            if relay is None or self._is_cut:
                break
            self._open_connections[relay] += 1
            opened = await self._connect(relay)
            if isinstance(opened, SmtpConnection):
                self._relay = relay
                return opened
            self._open_connections[relay] -= 1
            missed = opened
            if self._relay_pool.record_connection(relay, ok=False):
                # The others take its part, so that nothing else would show that one is missing.
                log.warning("relay.failed", relay=relay.name, reason=str(opened.reason))
                # One connection too many is no incident that an operator has to look at.
                if self._incidents and self._relay_pool.is_down(relay):
                    await self._incidents.record_failure(relay.name, opened)
        return missed

    async def _connect(self, relay: Relay) -> SmtpConnection | RelayUnreachable:
        self._opening = asyncio.ensure_future(relay.connect(self._timeouts))
        try:
            await asyncio.wait({self._opening})
            if self._opening.cancelled():
                return RelayUnreachable(reason=translatable("relay.ending"))
            return self._opening.result()
        finally:
            self._opening.cancel()
            self._opening = None

    def cut(self) -> None:
        """Break off whatever is under way; a message without an answer ends as if it were lost."""
        self._is_cut = True
        if self._opening is not None:
            self._opening.cancel()
        if self._connection is not None:
            self._connection.cut()

    async def close(self) -> None:
        """Close the connection if there is one."""
        connection, self._connection = self._connection, None
        relay, self._relay = self._relay, None
        if relay is not None:
            self._open_connections[relay] -= 1
        if connection is not None:
            await connection.close()
