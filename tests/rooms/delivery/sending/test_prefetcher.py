"""Letters are written many together while nothing waits for them, and one alone if it must be."""

from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.sending.prefetcher import PREFETCH_COUNT, MessagePrefetcher
from service.delivery.sending.ready_queue import ReadyQueue
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.kit.db import Session
from tests.rooms.delivery.sending.test_ready_queue import a_ticket


class Writer:
    def __init__(self) -> None:
        self.written: list[int] = []

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        del session, claimed

    def write(self, claimed: ClaimedDelivery) -> OutgoingMessage:
        self.written.append(claimed.subscriber_id)
        return OutgoingMessage("sender@example.org", claimed.address, (b"Hello\r\n",))


def test_many_are_written_together_and_each_once() -> None:
    desk, writer = ReadyQueue(), Writer()
    tickets = [a_ticket(number) for number in range(PREFETCH_COUNT + 1)]
    desk.put(tickets)
    scribe = MessagePrefetcher(desk, writer)

    scribe.write_ahead()
    assert writer.written == list(range(PREFETCH_COUNT))

    scribe.write_ahead()
    for ticket in tickets[:PREFETCH_COUNT]:
        assert desk.take_now() is ticket
        assert scribe.letter_of(ticket) is ticket.message
    assert writer.written == list(range(PREFETCH_COUNT))

    scribe.write_ahead()
    assert writer.written == list(range(PREFETCH_COUNT + 1))


def test_who_is_taken_too_soon_has_only_their_own_letter_written() -> None:
    desk, writer = ReadyQueue(), Writer()
    desk.put([a_ticket(1), a_ticket(2)])
    first = desk.take_now()
    assert first is not None

    message = MessagePrefetcher(desk, writer).letter_of(first)

    assert isinstance(message, OutgoingMessage)
    assert message.recipient == first.claimed.address
    assert writer.written == [1]


def test_nobody_at_the_desk_is_nothing_to_write() -> None:
    writer = Writer()

    MessagePrefetcher(ReadyQueue(), writer).write_ahead()

    assert not writer.written
