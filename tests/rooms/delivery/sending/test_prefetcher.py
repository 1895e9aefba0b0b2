"""Messages are written many together while nothing waits for them, and one alone if it must be."""

from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.sending.prefetcher import PREFETCH_COUNT, MessagePrefetcher
from service.delivery.sending.ready_queue import ReadyQueue
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.kit.db import Session
from tests.rooms.delivery.sending.test_ready_queue import a_queued_delivery


class Writer:
    def __init__(self) -> None:
        self.written: list[int] = []

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        del session, claimed

    def compose(self, claimed: ClaimedDelivery) -> OutgoingMessage:
        self.written.append(claimed.subscriber_id)
        return OutgoingMessage("sender@example.org", claimed.address, (b"Hello\r\n",))


def test_many_are_written_together_and_each_once() -> None:
    ready, writer = ReadyQueue(), Writer()
    deliveries = [a_queued_delivery(number) for number in range(PREFETCH_COUNT + 1)]
    ready.put(deliveries)
    prefetcher = MessagePrefetcher(ready, writer)

    prefetcher.prefetch()
    assert writer.written == list(range(PREFETCH_COUNT))

    prefetcher.prefetch()
    for queued in deliveries[:PREFETCH_COUNT]:
        assert ready.get_nowait() is queued
        assert prefetcher.message_for(queued) is queued.message
    assert writer.written == list(range(PREFETCH_COUNT))

    prefetcher.prefetch()
    assert writer.written == list(range(PREFETCH_COUNT + 1))


def test_who_is_taken_too_soon_has_only_their_own_message_written() -> None:
    ready, writer = ReadyQueue(), Writer()
    ready.put([a_queued_delivery(1), a_queued_delivery(2)])
    first = ready.get_nowait()
    assert first is not None

    message = MessagePrefetcher(ready, writer).message_for(first)

    assert isinstance(message, OutgoingMessage)
    assert message.recipient == first.claimed.address
    assert writer.written == [1]


def test_nobody_at_the_desk_is_nothing_to_write() -> None:
    writer = Writer()

    MessagePrefetcher(ReadyQueue(), writer).prefetch()

    assert not writer.written
