"""A missed slot is closed unsent: what it would have carried waits, or is not sent either."""

from dataclasses import dataclass
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from service.delivery.enrolment.change_frequency import change_frequency
from service.editions import build, curation_queries, drafts, plan
from service.editions.find import get_edition, recent_editions
from service.editions.lifecycle import EditionState
from service.editions.tables import EditionArticle
from service.kit.db import Begin
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.missed_slots import MissedSlots
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@dataclass
class Desk:
    """A newsletter at 7 and at 12 o'clock, whose scheduler runs only when a test says so."""

    begin: Begin
    clock: FakeClock
    policy: MissedSlots

    def __post_init__(self) -> None:
        """Store the newsletter at 6, and run its first slot."""
        with self.begin() as session:
            self.paper: NewsletterDetails = a_newsletter(
                session,
                "Sport",
                now=self.clock(),
                days=EVERY_DAY,
                times=(time(7), time(12)),
                weekly_at=time(12),
                weekly_on=3,
                missed_slots=self.policy,
            )
        self.publish()
        self.run(hours=1, minutes=1)

    def publish(self, **later: int) -> int:
        with self.begin() as session:
            return an_article(session, "Sport", seen=self.clock.advance(**later)).id

    def run(self, **later: int) -> list[list[int]]:
        """Run the scheduler some time later; return what each edition that it made carries."""
        now = self.clock.advance(**later)
        with self.begin() as session:
            planned = plan.plan_due(session, now=now)
            for edition_id in planned:
                build.select_articles(session, edition_id, now=now)
            return [
                list(
                    session.scalars(
                        select(EditionArticle.article_id).where(EditionArticle.edition_id == each)
                    )
                )
                for each in planned
            ]


def test_a_merged_slot_is_not_sent_and_its_articles_come_next(
    begin: Begin, clock: FakeClock
) -> None:
    """The midday edition was missed for an hour: tomorrow's readers get its news, too."""
    desk = Desk(begin, clock, MissedSlots.MERGE)
    noon = desk.publish(hours=3)

    assert desk.run(hours=3) == []

    with begin() as session:
        missed = recent_editions(session, newsletter_id=desk.paper.id)[0]
        assert missed.state is EditionState.SKIPPED
        assert missed.note is not None
        assert missed.note.key == "edition.missed.merged"
    assert desk.run(minutes=1) == [], "once"
    evening = desk.publish(hours=3)
    assert sorted(desk.run(hours=15)[0]) == [noon, evening]


def test_the_articles_of_a_skipped_slot_are_not_sent_either(begin: Begin, clock: FakeClock) -> None:
    """Also those of its last minutes, where the next selection looks back."""
    desk = Desk(begin, clock, MissedSlots.SKIP)
    desk.publish(hours=3)
    desk.publish(hours=1, minutes=50)
    after = desk.publish(minutes=20)

    assert desk.run(hours=1) == []

    with begin() as session:
        [missed, *_] = recent_editions(session, newsletter_id=desk.paper.id)
        assert missed.state is EditionState.SKIPPED
        assert (missed.window_to.hour, missed.window_to.minute) == (12, 0)
    assert desk.run(hours=18) == [[after]]


def test_readers_with_a_place_of_their_own_are_spared_a_skipped_slot_too(
    begin: Begin, clock: FakeClock
) -> None:
    """They had their last edition in another series; the newsletter's rule is theirs as well."""
    desk = Desk(begin, clock, MissedSlots.SKIP)
    with begin() as session:
        reader = a_reader(session, desk.paper, now=clock())
        change_frequency(
            session, desk.paper.id, reader.subscriber_id, Frequency.WEEKLY, now=clock()
        )
        reader.previous_edition_id = recent_editions(session, newsletter_id=desk.paper.id)[0].id
    desk.publish(hours=3)
    clock.advance(hours=1, minutes=58)
    desk.publish()
    assert desk.run(hours=2) == []
    after = desk.publish(minutes=20)
    clock.advance(days=6, hours=20)

    made = desk.run(hours=2, minutes=-16)

    with begin() as session:
        newest = recent_editions(session, newsletter_id=desk.paper.id)[: len(made)]
        own = [each for each in newest if each.previous_edition_id is not None]
        assert len(own) == 1
        assert get_edition(session, own[0].id).state is EditionState.SELECTED
    assert all(each == [after] for each in made)


@pytest.mark.parametrize(("late", "sent"), [(timedelta(hours=2), 1), (timedelta(minutes=30), 0)])
def test_how_late_a_slot_is_sent_can_be_shorter_than_its_news_is_valid(
    begin: Begin, clock: FakeClock, late: timedelta, sent: int
) -> None:
    """What is sent at noon may be valid all day, and yet nobody wants the morning's at noon."""
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),), late_within=late)

    with begin() as session:
        assert len(plan.plan_due(session, now=clock.advance(hours=2))) == sent


def test_what_editors_did_waits_with_the_articles_of_a_merged_slot(
    begin: Begin, clock: FakeClock
) -> None:
    """The draft of a missed slot is the coming edition's: its introduction was not read yet."""
    desk = Desk(begin, clock, MissedSlots.MERGE)
    with begin() as session:
        drafts.open_drafts(session, now=clock())
        [draft] = [
            each.id for each in curation_queries.drafts(session) if each.frequency is Frequency.EACH
        ]

    assert desk.run(hours=6) == []

    with begin() as session:
        moved = get_edition(session, draft)
        assert (moved.state, moved.slot_time) == (EditionState.DRAFT, time(7))
