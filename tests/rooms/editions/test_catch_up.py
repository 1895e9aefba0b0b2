"""Which readers need an edition of their own in a slot, and what they have had near its start."""

from datetime import datetime, timedelta

from service.audience.tables import Subscription
from service.editions import catch_up
from service.editions.tables import Edition
from service.kit.db import Begin, Session
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader, store_row
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)


def an_edition(
    session: Session,
    paper: NewsletterDetails,
    *,
    window: tuple[datetime, datetime],
    frequency: Frequency,
    previous: int | None = None,
) -> int:
    """A closed edition, with a window."""
    return store_row(
        session,
        Edition,
        key=f"{window[1]}-{frequency}-{previous}",
        newsletter_id=paper.id,
        frequency=frequency,
        previous_edition_id=previous,
        slot_date=window[1].date(),
        slot_time=window[1].time(),
        origin="schedule",
        state="frozen",
        window_from=window[0],
        window_to=window[1],
        planned_at=window[1],
        frozen_at=window[1],
    )


def a_reader_after(
    session: Session, paper: NewsletterDetails, edition_id: int, *, now: datetime
) -> Subscription:
    reader = a_reader(session, paper, now=now)
    reader.frequency = Frequency.WEEKLY
    reader.previous_edition_id = edition_id
    session.flush()
    return reader


def test_readers_of_one_previous_edition_share_a_catch_up(begin: Begin, clock: FakeClock) -> None:
    """A million readers who are moved together are one edition, not a million."""
    now = clock()
    with begin() as session:
        paper = a_newsletter(session, now=now)
        before = an_edition(session, paper, window=(now - HOUR, now), frequency=Frequency.EACH)
        for _ in range(3):
            a_reader_after(session, paper, before, now=now)

        due = catch_up.due_catch_ups(
            session,
            paper.id,
            Frequency.WEEKLY,
            window_from=now - 24 * HOUR,
            window_to=now + HOUR,
        )

        assert due == [(before, now)]


def test_readers_who_are_level_with_their_series_follow_it(begin: Begin, clock: FakeClock) -> None:
    now = clock()
    with begin() as session:
        paper = a_newsletter(session, now=now)
        last = an_edition(session, paper, window=(now - HOUR, now), frequency=Frequency.WEEKLY)
        reader = a_reader_after(session, paper, last, now=now)

        due = catch_up.due_catch_ups(
            session, paper.id, Frequency.WEEKLY, window_from=now, window_to=now + HOUR
        )
        session.refresh(reader)

        assert due == []
        assert reader.previous_edition_id is None


def test_readers_who_have_had_more_than_the_slot_brings_wait(
    begin: Begin, clock: FakeClock
) -> None:
    """An edition that was held for days is older than what they have had meanwhile."""
    now = clock()
    with begin() as session:
        paper = a_newsletter(session, now=now)
        last = an_edition(session, paper, window=(now, now + HOUR), frequency=Frequency.EACH)
        reader = a_reader_after(session, paper, last, now=now)

        due = catch_up.due_catch_ups(
            session, paper.id, Frequency.WEEKLY, window_from=now - HOUR, window_to=now
        )
        session.refresh(reader)

        assert due == []
        assert reader.previous_edition_id == last


def test_what_was_had_within_minutes_is_followed_through_all_editions(
    begin: Begin, clock: FakeClock
) -> None:
    """A selection looks back: three editions in ten minutes must not repeat each other."""
    now, minute = clock(), timedelta(minutes=1)
    with begin() as session:
        paper = a_newsletter(session, now=now)
        each = an_edition(session, paper, window=(now - 24 * HOUR, now), frequency=Frequency.EACH)
        first = an_edition(
            session,
            paper,
            window=(now, now + 5 * minute),
            frequency=Frequency.WEEKLY,
            previous=each,
        )
        second_id = an_edition(
            session,
            paper,
            window=(now + 5 * minute, now + 10 * minute),
            frequency=Frequency.DAILY,
            previous=first,
        )

        found = catch_up.received_editions(session, session.get_one(Edition, second_id))

        assert set(found) == {first, each}
