"""Letters are written many together while nothing waits for them, and one alone if it must be."""

from service.delivery.desk import Desk
from service.delivery.queries.deliveries import Claimed
from service.delivery.scribe import AT_ONCE, Scribe
from service.delivery.sealed import Sealed
from service.kit.db import Session
from tests.rooms.delivery.test_desk import a_ticket


class Writer:
    def __init__(self) -> None:
        self.written: list[int] = []

    def prepare(self, session: Session, claimed: Claimed) -> None:
        del session, claimed

    def write(self, claimed: Claimed) -> Sealed:
        self.written.append(claimed.subscriber_id)
        return Sealed("sender@example.org", claimed.address, (b"Hello\r\n",))


def test_many_are_written_together_and_each_once() -> None:
    desk, writer = Desk(), Writer()
    tickets = [a_ticket(number) for number in range(AT_ONCE + 1)]
    desk.put(tickets)
    scribe = Scribe(desk, writer)

    scribe.write_ahead()
    assert writer.written == list(range(AT_ONCE))

    scribe.write_ahead()
    for ticket in tickets[:AT_ONCE]:
        assert desk.take_now() is ticket
        assert scribe.letter_of(ticket) is ticket.letter
    assert writer.written == list(range(AT_ONCE))

    scribe.write_ahead()
    assert writer.written == list(range(AT_ONCE + 1))


def test_who_is_taken_too_soon_has_only_their_own_letter_written() -> None:
    desk, writer = Desk(), Writer()
    desk.put([a_ticket(1), a_ticket(2)])
    first = desk.take_now()
    assert first is not None

    letter = Scribe(desk, writer).letter_of(first)

    assert isinstance(letter, Sealed)
    assert letter.recipient == first.claimed.address
    assert writer.written == [1]


def test_nobody_at_the_desk_is_nothing_to_write() -> None:
    writer = Writer()

    Scribe(Desk(), writer).write_ahead()

    assert not writer.written
