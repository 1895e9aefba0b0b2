"""A publisher moves readers to a rarer frequency: once, in steps, and each learns of it once."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from service.audience.consent import ConsentOrigin, ConsentSource
from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscription, Suppression
from service.delivery.enrolment import choose_frequency
from service.delivery.notices.send_notice import send_notice
from service.delivery.tables import Notice
from service.delivery.workflow import move_readers
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import send_deps

EACH, DAILY, WEEKLY = Frequency
ORIGIN = ConsentOrigin(source=ConsentSource.PREFERENCES)


@pytest.fixture
def paper(begin: Begin, clock: FakeClock) -> NewsletterDetails:
    with begin() as session:
        return a_newsletter(
            session,
            now=clock(),
            days=(1,),
            times=(time(7), time(12)),
            daily_at=time(18),
            weekly_at=time(9),
            locale="en",
        )


def some_readers(begin: Begin, paper: NewsletterDetails, *, now: FakeClock, many: int) -> list[int]:
    with begin() as session:
        return [a_reader(session, paper, now=now()).subscriber_id for _ in range(many)]


def start(session: Session, paper: NewsletterDetails, clock: FakeClock) -> int:
    return move_readers.start_move(session, paper.id, EACH, DAILY, now=clock()).id


def run(begin: Begin, move_id: int, *, clock: FakeClock, limit: int = 2) -> None:
    finished = False
    while not finished:
        with begin() as session:
            step = move_readers.continue_move(session, move_id, now=clock(), limit=limit)
        finished = step.finished_at is not None


def frequencies(session: Session) -> dict[int, Frequency]:
    return {each.subscriber_id: each.frequency for each in session.scalars(select(Subscription))}


def notices(session: Session) -> list[Notice]:
    return list(session.scalars(select(Notice).order_by(Notice.subscriber_id)))


def choose(
    begin: Begin, paper: NewsletterDetails, reader: int, wanted: Frequency, *, clock: FakeClock
) -> None:
    token = ReaderToken(newsletter_id=paper.id, edition_id=0, subscriber_id=reader)
    with begin() as session:
        choose_frequency.choose_frequency(session, token, wanted, now=clock(), origin=ORIGIN)


def test_readers_are_moved_in_steps_with_one_notice_each(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    """Weekly readers chose for themselves, and those who have left get nothing at all."""
    moved = some_readers(begin, paper, now=clock, many=5)
    with begin() as session:
        weekly = a_reader(session, paper, now=clock(), frequency=WEEKLY).subscriber_id
        left = a_reader(session, paper, now=clock(), state="ended").subscriber_id
        move_id = start(session, paper, clock)

    run(begin, move_id, clock=clock)
    run(begin, move_id, clock=clock)

    with begin() as session:
        found = frequencies(session)
        assert [found[each] for each in moved] == [DAILY] * 5
        assert (found[weekly], found[left]) == (WEEKLY, EACH)
        assert [(each.kind, each.subscriber_id) for each in notices(session)] == [
            ("moved", each) for each in moved
        ]
        last = move_readers.last_move(session, paper.id)
        assert last is not None
        assert (last.readers, last.moved) == (5, 5)
        assert move_readers.unfinished_moves(session) == []


def test_notices_are_spread_so_that_no_confirmation_waits(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    some_readers(begin, paper, now=clock, many=5)
    with begin() as session:
        move_id = start(session, paper, clock)

    run(begin, move_id, clock=clock)

    with begin() as session:
        due = [each.next_at - clock() for each in notices(session)]
        assert due == [number * move_readers.NOTICE_INTERVAL for number in range(5)]
        assert all(each.expires_at > each.next_at + timedelta(days=2) for each in notices(session))


def test_a_move_goes_on_where_a_crash_left_it(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    """A step that is not committed has moved no reader and written no notice."""
    some_readers(begin, paper, now=clock, many=5)
    with begin() as session:
        move_id = start(session, paper, clock)
        move_readers.continue_move(session, move_id, now=clock(), limit=2)
    with begin() as session:
        move_readers.continue_move(session, move_id, now=clock(), limit=2)
        session.rollback()

    with begin() as session:
        assert move_readers.unfinished_moves(session) == [move_id]
        assert len(notices(session)) == 2
    run(begin, move_id, clock=clock)

    with begin() as session:
        assert set(frequencies(session).values()) == {DAILY}
        assert len({each.subscriber_id for each in notices(session)}) == len(notices(session)) == 5


def test_who_chooses_meanwhile_is_left_alone(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    """A click on “keep what I had” must not be undone by the next step."""
    first, second, third = some_readers(begin, paper, now=clock, many=3)
    with begin() as session:
        move_id = start(session, paper, clock)
        move_readers.continue_move(session, move_id, now=clock(), limit=1)
    clock.advance(minutes=1)
    choose(begin, paper, first, EACH, clock=clock)
    choose(begin, paper, third, WEEKLY, clock=clock)
    choose(begin, paper, third, EACH, clock=clock)
    with begin() as session:
        new = a_reader(session, paper, now=clock()).subscriber_id

    run(begin, move_id, clock=clock)

    with begin() as session:
        assert frequencies(session) == {first: EACH, second: DAILY, third: EACH, new: EACH}
        assert [each.subscriber_id for each in notices(session)] == [first, second]


def test_a_suppressed_reader_gets_no_notice(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    """We do not write to those who reported us; when that is lifted, they are daily readers."""
    reader, other = some_readers(begin, paper, now=clock, many=2)
    with begin() as session:
        session.add(
            Suppression(address_hash="x", subscriber_id=reader, reason="complaint", since=clock())
        )
        move_id = start(session, paper, clock)

    run(begin, move_id, clock=clock)

    with begin() as session:
        assert frequencies(session) == {reader: DAILY, other: DAILY}
        assert [each.subscriber_id for each in notices(session)] == [other]


def test_the_notice_says_what_changed_and_how_to_keep_it(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    """It waits for its turn: who has chosen or left in between is not written to."""
    _reader, chose = some_readers(begin, paper, now=clock, many=2)
    with begin() as session:
        move_id = start(session, paper, clock)
    run(begin, move_id, clock=clock)
    clock.advance(minutes=1)
    choose(begin, paper, chose, EACH, clock=clock)
    with begin() as session:
        ids = [each.id for each in notices(session)]

    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        settled = [send_notice(each, deps) for each in ids]

    assert settled == ["accepted", None]
    (message,) = relay.accepted
    text = " ".join(message.raw.decode().split())
    assert "/keep/each/" in text
    assert "List-Unsubscribe:" in text
    with begin() as session:
        assert [each.state for each in notices(session)] == ["accepted", "suppressed"]


@pytest.mark.parametrize(("old", "new"), [(DAILY, EACH), (EACH, EACH), (WEEKLY, DAILY)])
def test_a_publisher_can_only_lower_the_frequency(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails, old: Frequency, new: Frequency
) -> None:
    """More mail than a reader asked for is what “spam” means."""
    with begin() as session, pytest.raises(Invalid):
        move_readers.start_move(session, paper.id, old, new, now=clock())


def test_one_move_at_a_time(begin: Begin, clock: FakeClock, paper: NewsletterDetails) -> None:
    some_readers(begin, paper, now=clock, many=1)
    with begin() as session:
        assert move_readers.last_move(session, paper.id) is None
        assert move_readers.count_movable(session, paper.id, EACH) == 1
        move_id = start(session, paper, clock)

    with begin() as session, pytest.raises(Conflict):
        start(session, paper, clock)
    run(begin, move_id, clock=clock)
    with begin() as session:
        assert start(session, paper, clock) > move_id
        with pytest.raises(NotFound):
            move_readers.continue_move(session, move_id + 100, now=clock())
