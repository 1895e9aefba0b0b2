"""Slots become editions, once."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.editions import plan, queries
from service.editions.find import get_edition, recent_editions
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.newsletters.schedule import Slot, slot_at
from tests.builders import a_newsletter
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def test_a_due_slot_becomes_an_edition_with_a_window(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
    clock.advance(hours=1, seconds=3)

    with begin() as session:
        (edition_id,) = plan.plan_due(session, now=clock())

    with begin() as session:
        edition = get_edition(session, edition_id)
        assert edition.state == EditionState.PLANNED
        assert edition.slot_time == time(7)
        assert edition.window_to == datetime(2023, 2, 8, 7, 0, 3, tzinfo=UTC)


def test_a_slot_is_planned_once_by_many_schedulers(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
    clock.advance(hours=1)
    barrier = threading.Barrier(4)
    planned: list[int] = []

    def scheduler() -> None:
        barrier.wait()
        with begin() as session:
            planned.extend(plan.plan_due(session, now=clock()))

    threads = [threading.Thread(target=scheduler) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(planned) == 1
    with begin() as session:
        assert len(recent_editions(session)) == 1


def test_after_downtime_one_edition_covers_all_that_was_missed(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
    first = clock.advance(hours=1)
    with begin() as session:
        plan.plan_due(session, now=first)
    clock.advance(days=4, hours=2)

    with begin() as session:
        (edition_id,) = plan.plan_due(session, now=clock())

    with begin() as session:
        edition = get_edition(session, edition_id)
        assert edition.slot_date.day == 12
        assert edition.window_from == first


def test_an_edition_by_hand_takes_the_window_up_to_now(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        edition = plan.plan_now(session, newsletter.id, now=clock(), held=True)

        assert edition.window_to == clock()
        assert edition.held_at == clock()
        assert queries.under_construction(session) == [edition.id]


def test_a_slot_of_a_mistyped_date_is_refused(begin: Begin, clock: FakeClock) -> None:
    def slot_on(day: date) -> Slot:
        return slot_at(day, time(7), ZoneInfo("UTC"))

    with begin() as session:
        paper = a_newsletter(session, now=clock(), valid_for=timedelta(hours=24))

        with pytest.raises(Invalid, match="longer ago"):
            plan.plan_slot(session, paper.id, slot_on(date(2020, 2, 8)), now=clock())
        with pytest.raises(Invalid, match="longer ago"):
            plan.plan_slot(session, paper.id, slot_on(date(2023, 2, 7)), now=clock.advance(hours=2))
        with pytest.raises(Invalid, match="2036-02-08 07:00 is more than 14 days ahead"):
            plan.plan_slot(session, paper.id, slot_on(date(2036, 2, 8)), now=clock())

        edition = plan.plan_slot(session, paper.id, slot_on(date(2023, 2, 22)), now=clock())
        assert (edition.slot_date, edition.slot_time) == (date(2023, 2, 22), time(7))
