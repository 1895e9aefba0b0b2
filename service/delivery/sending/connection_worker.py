"""One connection's work: take a reader, write their letter, hand it over, tell what became of it.

While a relay thinks about one letter, the next one's commands may leave already; its reader was
then taken ahead. Whoever is taken finds an end here: told of, or let go to be looked at again.
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
"""Seconds between the look at a reader and the start of their mail, at most."""


@dataclass(slots=True, kw_only=True)
class SendContext:
    """What the hands of one run share."""

    desk: ReadyQueue
    recorder: ResultWriter
    scribe: MessagePrefetcher
    throttle: Throttle | None
    # Whether there is a reason to begin no more mails.
    is_halted: Callable[[], bool]
    # Mails since somebody asked: how many to look at next.
    begun: int = 0

    def may_begin(self, ticket: QueuedDelivery) -> bool:
        """Tell whether a mail may begin now."""
        return ticket.is_fresh(monotonic(), fresh_for=RECHECK_VALID_FOR) and not self.is_halted()

    def drop(self, ticket: QueuedDelivery) -> None:
        """Let a reader go whose turn came too late: the next look finds them again."""
        self.desk.done(ticket)
        ticket.holding.open -= 1
        ticket.holding.stale.append(ticket.claimed.subscriber_id)
        self.recorder.look_again()


class ConnectionWorker:
    """A carrier at work; it tells the carrier's line what follows (`line.Following`)."""

    def __init__(self, floor: SendContext, connection: RelayConnection) -> None:
        self._floor = floor
        self._carrier = connection
        # Whose letter is under way.
        self._ticket: QueuedDelivery | None = None
        # Who was taken while the relay thought about the one before.
        self._ahead: tuple[QueuedDelivery, OutgoingMessage] | None = None

    async def work(self) -> RelayUnreachable | None:
        """Hand letters over until there are no more, or return why there is no relay to talk to."""
        floor = self._floor
        try:
            while True:
                if floor.recorder.is_full:
                    await floor.recorder.room()
                found, self._ahead = self._ahead, None
                if found is None:
                    found = await self._next()
                elif not floor.may_begin(found[0]):
                    await self._break_off(found[0])
                    continue
                if found is None:
                    return None
                missed = await self._hand_over(*found)
                if missed is not None:
                    return missed
        finally:
            if self._ahead is not None:
                floor.drop(self._ahead[0])
            await self._carrier.close()

    async def _hand_over(
        self, ticket: QueuedDelivery, message: OutgoingMessage
    ) -> RelayUnreachable | None:
        self._ticket = ticket
        result = await self._carrier.send_message(
            message, pipeline=self, until=ticket.holding.until
        )
        # Others may have gone out since.
        last = self._ticket
        if isinstance(result, RelayUnreachable):
            self._floor.drop(last)
            return result
        self._tell(last, result)
        if not isinstance(result, MessageAccepted):
            self._complain(last, result)
        return None

    def _tell(self, ticket: QueuedDelivery, result: TransactionResult | bytes) -> None:
        floor = self._floor
        floor.desk.done(ticket)
        floor.begun += 1
        floor.recorder.tell(ticket, result)

    async def _break_off(self, ticket: QueuedDelivery) -> None:
        """Let a reader go whose commands have left: they lead to nothing on a closed line."""
        await self._carrier.close()
        self._floor.drop(ticket)

    def begin(self) -> OutgoingMessage | None:
        """Take the reader who follows the one whose dot is about to leave."""
        if self._floor.recorder.is_behind:
            return None
        self._ahead = self._next_now()
        return None if self._ahead is None else self._ahead[1]

    def may_advance(self) -> bool:
        """Tell whether the mail of who was taken ahead may leave now."""
        floor, ahead = self._floor, self._ahead
        return ahead is not None and not floor.recorder.is_full and floor.may_begin(ahead[0])

    def advance(self, taken: bytes) -> None:
        """Tell of the mail that was taken; that of who was taken ahead is under way now."""
        assert self._ticket is not None
        assert self._ahead is not None
        self._tell(self._ticket, taken)
        self._ticket, self._ahead = self._ahead[0], None

    def prepare(self) -> None:
        """Write the next letters while the relay has something to read."""
        self._floor.scribe.write_ahead()

    async def _next(self) -> tuple[QueuedDelivery, OutgoingMessage] | None:
        """Wait for the next letter to hand over; None means that there will be no more."""
        while (ticket := await self._floor.desk.take()) is not None:
            message = self._write(ticket)
            if message is not None:
                return ticket, message
        return None

    def _next_now(self) -> tuple[QueuedDelivery, OutgoingMessage] | None:
        while (ticket := self._floor.desk.take_now()) is not None:
            message = self._write(ticket)
            if message is not None:
                return ticket, message
        return None

    def _write(self, ticket: QueuedDelivery) -> OutgoingMessage | None:
        """Write a letter, unless there is a reason not to; then the ticket has found its end."""
        floor = self._floor
        if not floor.may_begin(ticket):
            floor.drop(ticket)
            return None
        message = floor.scribe.letter_of(ticket)
        if isinstance(message, OutgoingMessage):
            return message
        floor.desk.done(ticket)
        floor.recorder.tell(ticket, message)
        return None

    def _complain(self, ticket: QueuedDelivery, result: object) -> None:
        """Tell who paces of a receiver that wants less."""
        throttle = self._floor.throttle
        if (
            throttle is not None
            and isinstance(result, MessageDeferred | MessageRefused)
            and result.reply
        ):
            domain = ticket.claimed.address.rpartition("@")[2].lower()
            throttle.report_reply(domain, result.reply)
