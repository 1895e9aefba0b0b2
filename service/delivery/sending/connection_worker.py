"""One connection's work: get a delivery, compose its message, hand it over, report the result.

While a relay thinks about one message, the commands of the next one may leave already: its
delivery is then taken ahead. Every delivery that is taken ends here: with a result, or dropped and
rechecked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from service.delivery.sending.held_lease import QueuedDelivery
from service.delivery.sending.prefetcher import MessagePrefetcher
from service.delivery.sending.ready_queue import ReadyQueue
from service.delivery.sending.result_writer import ResultWriter
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import RelayUnreachable
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.replies import (
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    TransactionResult,
)
from service.delivery.throttling.throttle import Throttle

RECHECK_VALID_FOR = 1.0
"""Maximum seconds between the recheck of a reader and the start of their message."""


@dataclass(slots=True, kw_only=True)
class SendContext:
    """What the connection workers of one run share."""

    ready: ReadyQueue
    results: ResultWriter
    prefetcher: MessagePrefetcher
    throttle: Throttle | None
    # Whether there is a reason to begin no more messages.
    is_halted: Callable[[], bool]
    # Results since the feeder last reset this: they show how many readers to recheck next.
    ended: int = 0

    def may_begin(self, queued: QueuedDelivery) -> bool:
        """Return whether a delivery's message may begin now."""
        return queued.is_fresh(monotonic(), valid_for=RECHECK_VALID_FOR) and not self.is_halted()

    def drop(self, queued: QueuedDelivery) -> None:
        """Give up a delivery without a result, so that it is rechecked and queued again."""
        self.ready.done(queued)
        queued.lease.open -= 1
        queued.lease.stale.append(queued.claimed.subscriber_id)
        self.results.notice_dropped()


class ConnectionWorker:
    """Sends over one relay connection, and tells it which message follows (`MessagePipeline`)."""

    def __init__(self, context: SendContext, connection: RelayConnection) -> None:
        self._context = context
        self._connection = connection
        # The delivery whose message is in flight.
        self._current: QueuedDelivery | None = None
        # The delivery that was taken ahead while the relay thought about the current one.
        self._ahead: tuple[QueuedDelivery, OutgoingMessage] | None = None

    async def send_all(self) -> RelayUnreachable | None:
        """Send until there are no more deliveries, or return why no relay is reachable."""
        context = self._context
        try:
            while True:
                if context.results.is_full:
                    await context.results.wait_for_room()
                found, self._ahead = self._ahead, None
                if found is None:
                    found = await self._next()
                elif not context.may_begin(found[0]):
                    await self._abandon_ahead(found[0])
                    continue
                if found is None:
                    return None
                unreachable = await self._hand_over(*found)
                if unreachable is not None:
                    return unreachable
        finally:
            if self._ahead is not None:
                context.drop(self._ahead[0])
            await self._connection.close()

    async def _next(self) -> tuple[QueuedDelivery, OutgoingMessage] | None:
        """Wait for the next delivery with a message; None means that there will be no more."""
        while (queued := await self._context.ready.get()) is not None:
            message = self._message_of(queued)
            if message is not None:
                return queued, message
        return None

    def _next_nowait(self) -> tuple[QueuedDelivery, OutgoingMessage] | None:
        while (queued := self._context.ready.get_nowait()) is not None:
            message = self._message_of(queued)
            if message is not None:
                return queued, message
        return None

    def _message_of(self, queued: QueuedDelivery) -> OutgoingMessage | None:
        """Return a delivery's message; None if it must not begin, which then has been reported."""
        context = self._context
        if not context.may_begin(queued):
            context.drop(queued)
            return None
        message = context.prefetcher.message_for(queued)
        if isinstance(message, OutgoingMessage):
            return message
        context.ready.done(queued)
        context.results.report(queued, message)
        return None

    async def _hand_over(
        self, queued: QueuedDelivery, message: OutgoingMessage
    ) -> RelayUnreachable | None:
        self._current = queued
        result = await self._connection.send_message(
            message, pipeline=self, until=queued.lease.valid_until
        )
        # Other messages may have been sent since, one after the other.
        last = self._current
        if isinstance(result, RelayUnreachable):
            self._context.drop(last)
            return result
        self._report(last, result)
        if not isinstance(result, MessageAccepted):
            self._report_to_throttle(last, result)
        return None

    def _report(self, queued: QueuedDelivery, result: TransactionResult | bytes) -> None:
        context = self._context
        context.ready.done(queued)
        context.ended += 1
        context.results.report(queued, result)

    def _report_to_throttle(self, queued: QueuedDelivery, result: object) -> None:
        """Let the throttle slow down for a provider that asks for fewer messages."""
        throttle = self._context.throttle
        if (
            throttle is not None
            and isinstance(result, MessageDeferred | MessageRefused)
            and result.reply
        ):
            domain = queued.claimed.address.rpartition("@")[2].lower()
            throttle.report_reply(domain, result.reply)

    async def _abandon_ahead(self, queued: QueuedDelivery) -> None:
        """Drop a delivery whose commands have left; closing the connection makes them void."""
        await self._connection.close()
        self._context.drop(queued)

    # What the connection calls while the current message's last bytes leave (`MessagePipeline`).

    def begin(self) -> OutgoingMessage | None:
        """Take the next delivery ahead and return its message; None if nothing may follow now."""
        if self._context.results.is_behind:
            return None
        self._ahead = self._next_nowait()
        return None if self._ahead is None else self._ahead[1]

    def may_advance(self) -> bool:
        """Return whether the message that was taken ahead may leave now."""
        context, ahead = self._context, self._ahead
        return ahead is not None and not context.results.is_full and context.may_begin(ahead[0])

    def advance(self, taken: bytes) -> None:
        """Report the current message's acceptance; the one taken ahead becomes the current one."""
        if self._current is None or self._ahead is None:
            raise RuntimeError("A message follows another one, but none was taken ahead.")
        self._report(self._current, taken)
        self._current, self._ahead = self._ahead[0], None

    def prefetch(self) -> None:
        """Compose the next messages while the relay has something to read."""
        self._context.prefetcher.prefetch()
