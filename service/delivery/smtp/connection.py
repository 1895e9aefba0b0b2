"""One SMTP connection, ready for messages: our own transactions on an opened and secured transport.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write, and the
next message's after the final dot. As long as every answer is as wanted, one message then follows
the other from inside the protocol's callback (`SmtpConnection._go_on`), without waking a task for
each. A message is uncertain from the moment at which its dot may have left; a connection lost
earlier is known to have handed nothing over. Any surprise makes the connection unusable.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Collection
from time import monotonic
from typing import Protocol

from service import metrics
from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.envelope_phase import DOT, EnvelopePhase, SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage, check_supported, defer_too_large
from service.delivery.smtp.protocol import SmtpProtocol
from service.delivery.smtp.replies import (
    NEXT_ENVELOPE_PATTERN,
    REPLY_PATTERNS,
    ExpectedReply,
    MessageAccepted,
    MessageDeferred,
    MessageUncertain,
    TransactionResult,
    ends_connection,
    interpret_reply,
    parse_acceptance,
    parse_reply,
)
from service.replies.classification import SmtpStage

PROMPT_REPLY = 0.25
"""Seconds: a server that answers a final dot later than this is not sent the next message's
commands before its answer; by then there may be a reason not to send that message."""


ProviderLimit = Callable[[str], tuple[str, int] | None]
"""From a recipient's address to its mailbox provider and the most messages to that provider on one
connection; None where there is no limit."""


class MessagePipeline(Protocol):
    """The messages that follow the one that is handed over."""

    def begin(self) -> OutgoingMessage | None:
        """Return the message that is to be offered next: its commands leave after this one's dot.

        The caller offers a returned message next, here or elsewhere.
        """

    def may_advance(self) -> bool:
        """Return whether the body and the dot of the message that was begun may leave now."""

    def advance(self, taken: bytes) -> None:
        """Hear that the message was taken, and that the one that was begun is under way now.

        `taken` is for `parse_acceptance`: there is time to read it when many are read together.
        """

    def prefetch(self) -> None:
        """Do what can be done for those who come next: a message has just left for the relay.

        Between `may_advance` and the write nothing should take long, or a reason to stop that
        comes meanwhile comes too late.
        """


class SmtpConnection:
    """A connection on which messages are handed over one after the other."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        extensions: Collection[str],
        timeouts: SmtpTimeouts,
        limit: int = 1_000_000,
        max_bytes: int = 0,
        name: str = "",
    ) -> None:
        """Take over a transport on which no transaction is open, for `limit` messages at most.

        `max_bytes` is what the relay's SIZE lets a message have (RFC 1870); 0 is no limit.
        """
        self._offers = frozenset(extensions)
        self._timeouts = timeouts
        shortest = min(timeouts.command, timeouts.data, timeouts.block, timeouts.dot)
        self._protocol = SmtpProtocol(transport, shortest=shortest)
        self._envelope = EnvelopePhase(self._protocol, extensions=self._offers, timeouts=timeouts)
        # A message whose commands left after the last one's dot.
        self._begun: OutgoingMessage | None = None
        self._following: MessagePipeline | None = None
        self._limit = limit
        self.max_bytes = max_bytes
        self._name = name
        self._is_quick = True
        self._dot_written = False
        # When the last body left, or began to, and when the commands before it had left.
        self._written_at = self._started_at = 0.0
        self._observe = metrics.SMTP_TRANSACTION_SECONDS.bound(relay=name)
        # Whether the next message may be tried on it.
        self.usable = True
        # Messages that were offered on it so far.
        self.offered = 0
        self._provider_limit: ProviderLimit | None = None
        # Messages offered on it by mailbox provider, where there is a limit.
        self._offered_to: Counter[str] = Counter()

    def limit_providers(self, limit: ProviderLimit | None) -> None:
        """Count the messages to each mailbox provider from now on; see `has_room_for`."""
        self._provider_limit = limit

    def has_room_for(self, message: OutgoingMessage) -> bool:
        """Return whether the provider's limit per connection allows one more message."""
        if self._provider_limit is None:
            return True
        limit = self._provider_limit(message.recipient)
        return limit is None or self._offered_to[limit[0]] < limit[1]

    def _count(self, message: OutgoingMessage) -> None:
        self.offered += 1
        if self._provider_limit is not None:
            limit = self._provider_limit(message.recipient)
            if limit is not None:
                self._offered_to[limit[0]] += 1

    async def send_message(
        self,
        message: OutgoingMessage,
        *,
        pipeline: MessagePipeline | None = None,
        until: float = math.inf,
    ) -> TransactionResult:
        """Offer one message and return what became of it, or of the last one that followed it.

        A message that says `careful` has left for the kernel before its dot is written. Messages
        that `pipeline` announces may go out after it; whatever is returned is about the one that
        is under way by then. No dot is written after `until` (`monotonic`'s seconds).
        """
        # One that was begun has been looked at.
        unfit = None if message is self._begun else self._find_unfit(message)
        if unfit is not None:
            return unfit
        self._count(message)
        self._started_at = self._written_at if message is self._begun else monotonic()
        self.usable = False
        self._dot_written = False
        self._following = pipeline
        try:
            result = await self._offer_envelope(message) or await self._send_body(message, until)
        except TimeoutError:
            return self._broken(DeliveryReason.TIMED_OUT, DeliveryReason.TIMED_OUT_AFTER_DOT)
        except EOFError:
            return self._broken(
                DeliveryReason.CONNECTION_LOST, DeliveryReason.CONNECTION_LOST_AFTER_DOT
            )
        # No reply means that nothing was asked, or that the transaction was left open.
        if isinstance(result, MessageAccepted) or result.reply:
            self._record_latency(monotonic())
        return result

    def _record_latency(self, now: float) -> None:
        """Record how long the transaction took that has just ended."""
        if self._observe is not None:
            self._observe(now - self._started_at)

    def _find_unfit(self, message: OutgoingMessage) -> TransactionResult | None:
        """Tell why a message is not offered here, if there is a reason."""
        if self.max_bytes and message.size > self.max_bytes:
            return defer_too_large(message.size, most=self.max_bytes, relay=self._name)
        return check_supported(message, self._offers)

    def _broken(self, reason: DeliveryReason, after_dot: DeliveryReason) -> TransactionResult:
        """From the final dot on only an answer makes it certain (RFC 1047)."""
        self.usable = False
        if self._dot_written:
            return MessageUncertain(reason=after_dot)
        return MessageDeferred(reason=reason)

    async def _offer_envelope(self, message: OutgoingMessage) -> TransactionResult | None:
        """Get through to the 354; anything else ends the message here."""
        begun, self._begun = self._begun, None
        if begun is not None and begun is not message:
            self._envelope.was_stale = True
            return MessageDeferred(reason=DeliveryReason.OTHER_MESSAGE_BEGUN)
        refusal = await self._envelope.ask(message, has_left=begun is message)
        self.usable = refusal is not None and self._envelope.is_sound
        return refusal

    @property
    def was_stale(self) -> bool:
        """Whether the last message failed before the relay had taken its sender.

        An idle connection that the relay has closed looks like this, and says nothing about the
        message.
        """
        return self._envelope.was_stale

    async def _send_body(self, message: OutgoingMessage, until: float) -> TransactionResult:
        """Write the body and the dot; a long body has left for the kernel before the dot."""
        is_written = not message.is_light
        if is_written:
            self._protocol.write(message.stuffed())
            if not await self._protocol.drained(self._timeouts.block):
                return await self._judge_early()
        if monotonic() > until:
            return MessageDeferred(reason=DeliveryReason.LEASE_EXPIRED)
        self._end(message, is_written=is_written)
        while True:
            while self._protocol.is_full:
                heard = not await self._protocol.drained(self._timeouts.block)
                if heard and self._protocol.is_full:
                    return await self._judge_early()
            await self._protocol.race(self._go_on, self._timeouts.dot)
            if not self._protocol.is_full:
                return await self._hear_end()

    def _end(self, message: OutgoingMessage, *, is_written: bool = False) -> None:
        """Write what is missing up to the dot, and begin the next message."""
        self._written_at = monotonic()
        tail = DOT + self._begin_next()
        self._dot_written = True
        self._protocol.write(tail if is_written else message.stuffed(tail))
        if self._following is not None:
            self._following.prefetch()

    def _go_on(self) -> bool:
        """Let the message that was begun leave, if all answers are here and as wanted.

        Called whenever something was heard. False leaves everything to who waits for the answer.
        """
        message, pipeline = self._begun, self._following
        if message is None or pipeline is None or not message.is_light:
            return False
        if not (pipeline.may_advance() and self._protocol.is_open):
            return False
        taken = self._protocol.consume(NEXT_ENVELOPE_PATTERN)
        if taken is None:
            return False
        self._begun = None
        now = monotonic()
        self._record_latency(now)
        self._is_quick = now - self._written_at < PROMPT_REPLY
        self._started_at = self._written_at
        self._dot_written = False
        self._count(message)
        pipeline.advance(taken)
        self._end(message)
        return True

    async def _hear_end(self) -> TransactionResult:
        """Return what became of the message whose dot was written last."""
        taken = await self._protocol.plainly(REPLY_PATTERNS[ExpectedReply.DONE], self._timeouts.dot)
        self._is_quick = monotonic() - self._written_at < PROMPT_REPLY
        if taken is not None:
            self.usable = True
            return parse_acceptance(taken)
        reply = parse_reply(await self._protocol.answer(self._timeouts.dot))
        result = interpret_reply(
            reply, expected=ExpectedReply.DONE, stage=SmtpStage.DOT, after_dot=True
        )
        result = result or MessageAccepted()
        # What was begun after a message that was not taken might get an answer meant for that one.
        confused = self._begun is not None and not isinstance(result, MessageAccepted)
        self.usable = not (ends_connection(reply) or confused)
        return result

    async def _judge_early(self) -> TransactionResult:
        """It said something in the middle: the rest stays unwritten, the connection is given up."""
        early = parse_reply(await self._protocol.answer(self._timeouts.block))
        self._protocol.cut()
        # It is about the message, as an answer to the dot would be.
        result = interpret_reply(early, expected=ExpectedReply.GO_AHEAD, stage=SmtpStage.DOT)
        return result or self._broken(DeliveryReason.EARLY_REPLY, DeliveryReason.EARLY_REPLY)

    def _begin_next(self) -> bytes:
        """Return the commands of the next message, if they may leave before this one's answer."""
        if self._following is None or not self._envelope.pipelines or not self._is_quick:
            return b""
        if self.is_spent:
            return b""
        message = self._following.begin()
        if message is None or self._find_unfit(message) is not None:
            return b""
        if not self.has_room_for(message):
            return b""
        self._begun = message
        return self._envelope.commands(message)

    @property
    def is_spent(self) -> bool:
        """Whether it has carried as many messages as it should."""
        return self.offered >= self._limit

    def cut(self) -> None:
        """Drop the connection immediately, even if something waits for an answer on it."""
        self._protocol.cut()

    async def close(self) -> None:
        """Say goodbye on a usable connection; drop another one with whatever was not sent yet."""
        if self.usable and self._begun is None:
            self.usable = False
            with contextlib.suppress(TimeoutError, EOFError):
                self._protocol.write(b"QUIT\r\n")
                async with asyncio.timeout(5):
                    await self._protocol.answer(self._timeouts.command)
            self._protocol.close()
        else:
            self.usable = False
            self._protocol.cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._protocol.ended
