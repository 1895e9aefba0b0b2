"""Which slots are due: the latest of each series, and none on holidays."""

from datetime import date, time, timedelta

from sqlalchemy import update

from service.editions import due_slots, plan
from service.editions.due_slots import find_due, list_due
from service.kit.db import Begin
from service.newsletters import closed_dates
from service.newsletters.frequency import Frequency
from service.newsletters.holidays import Holiday
from service.newsletters.missed_slots import MissedSlots
from service.newsletters.tables import Newsletter
from tests.builders import a_newsletter
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
TODAY = Holiday(first_on=date(2023, 2, 8), last_on=date(2023, 2, 8), label="Fête")


def test_each_series_has_its_latest_due_slot(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        a_newsletter(
            session, now=clock(), days=EVERY_DAY, times=(time(7), time(8)), daily_at=time(7)
        )

        found = find_due(session, now=clock.advance(hours=2, minutes=1))

        assert [(each.frequency, each.slot.local_time) for each in found] == [
            (Frequency.EACH, time(8)),
            (Frequency.DAILY, time(7)),
        ]


def test_a_holiday_of_one_newsletter_or_of_all_has_no_slots(begin: Begin, clock: FakeClock) -> None:
    """In no series: a reader of the daily digest does not get one either."""
    with begin() as session:
        one, other = (
            a_newsletter(
                session, now=clock(), slug=slug, days=EVERY_DAY, times=(time(7),), daily_at=time(7)
            )
            for slug in ("un", "deux")
        )
        closed_dates.add_holidays(session, one.id, [TODAY], now=clock())
        later = clock.advance(hours=1, minutes=1)

        assert {each.newsletter.id for each in find_due(session, now=later)} == {other.id}

        closed_dates.add_holidays(session, None, [TODAY], now=clock())
        assert find_due(session, now=later) == []


def test_a_newsletter_whose_zone_is_gone_keeps_no_other_waiting(
    begin: Begin, clock: FakeClock
) -> None:
    """An update of the system's zones must not stop every newsletter."""
    with begin() as session:
        for slug in ("perdu", "le-matin"):
            a_newsletter(session, now=clock(), slug=slug, days=EVERY_DAY, times=(time(7),))
        lost = update(Newsletter).where(Newsletter.slug == "perdu")
        session.execute(lost.values(time_zone="Atlantis/Capital"))

        found = find_due(session, now=clock.advance(hours=1))

        assert [each.newsletter.slug for each in found] == ["le-matin"]


def test_a_missed_slot_is_not_among_those_that_would_be_sent(
    begin: Begin, clock: FakeClock
) -> None:
    """`crieur sending status` lists what goes out when sending is enabled."""
    with begin() as session:
        a_newsletter(
            session,
            now=clock(),
            days=EVERY_DAY,
            times=(time(7),),
            missed_slots=MissedSlots.SKIP,
        )

        assert len(list_due(session, now=clock.advance(hours=1))) == 1
        assert list_due(session, now=clock.advance(hours=1)) == []


def test_a_slot_missed_for_longer_than_news_is_valid_is_not_run(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        a_newsletter(
            session, now=clock(), days=(3,), times=(time(7),), valid_for=timedelta(hours=6)
        )
    clock.advance(hours=8)

    with begin() as session:
        assert plan.plan_due(session, now=clock()) == []


def test_a_new_schedule_does_not_run_slots_of_its_past(begin: Begin, clock: FakeClock) -> None:
    clock.advance(hours=3)
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))

    with begin() as session:
        assert plan.plan_due(session, now=clock.advance(minutes=1)) == []


def test_a_slot_is_due_once_for_each_series(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),), daily_at=time(7))
        clock.advance(hours=1, minutes=1)

        before = due_slots.find_due(session, now=clock())
        plan.plan_due(session, now=clock())

        assert [each.frequency for each in before] == ["each", "daily"]
        assert due_slots.list_due(session, now=clock()) == []
