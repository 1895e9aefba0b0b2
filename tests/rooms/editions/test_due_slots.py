"""Which slots are due: those of the schedule as it is, and no older than its news."""

from datetime import time, timedelta

from service.editions import due_slots, plan
from service.kit.db import Begin
from tests.builders import a_newsletter
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


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
