"""Holidays are added once, refused in a sentence, and removed without catching anything up."""

from datetime import date, time, timedelta

import pytest

from service.editions import build, plan
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.kit.errors import Invalid, NotFound
from service.newsletters import closed_dates
from service.newsletters.holidays import Holiday
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
TODAY = date(2023, 2, 8)


def a_holiday(first: date = TODAY, *, days: int = 1, label: str = "Fête") -> Holiday:
    return Holiday(first_on=first, last_on=first + timedelta(days=days - 1), label=label)


def test_what_comes_on_a_holiday_is_in_the_next_edition(begin: Begin, clock: FakeClock) -> None:
    """A pause loses nothing: windows are contiguous."""
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        closed_dates.add_holidays(session, paper.id, [a_holiday(days=2)], now=clock())
        an_article(session, "Sport", seen=clock())
    with begin() as session:
        assert plan.plan_due(session, now=clock.advance(hours=1, minutes=1)) == []

    with begin() as session:
        [edition_id] = plan.plan_due(session, now=clock.advance(days=2))
        build.select_articles(session, edition_id, now=clock())
        assert get_edition(session, edition_id).state is EditionState.SELECTED


def test_dates_are_added_once_and_listed_with_those_of_all(begin: Begin, clock: FakeClock) -> None:
    """A calendar is imported again every year."""
    with begin() as session:
        paper = a_newsletter(session, now=clock())
        old = a_holiday(TODAY - timedelta(days=9))
        for_all = closed_dates.add_holidays(session, None, [a_holiday()], now=clock())
        own = a_holiday(TODAY + timedelta(days=1))

        assert len(closed_dates.add_holidays(session, paper.id, [own, own], now=clock())) == 1
        assert closed_dates.add_holidays(session, paper.id, [own, old], now=clock()) != []
        assert closed_dates.add_holidays(session, paper.id, [a_holiday()], now=clock()) == []

        found = closed_dates.list_holidays(session, paper.id, now=clock())
        assert [each.holiday for each in found] == [a_holiday(), own]
        everybody = closed_dates.list_holidays(session, None, now=clock())
        assert [each.id for each in everybody] == for_all


@pytest.mark.parametrize(
    ("holiday", "sentence"),
    [
        (Holiday(first_on=TODAY, last_on=TODAY - timedelta(days=1)), "before the first"),
        (a_holiday(days=402), "at most 400 days"),
        (a_holiday(label="x" * 101), "at most 100 characters"),
        (a_holiday(label="a\nb"), "one line"),
    ],
)
def test_a_wrong_holiday_is_refused_in_a_sentence(
    begin: Begin, clock: FakeClock, holiday: Holiday, sentence: str
) -> None:
    with begin() as session, pytest.raises(Invalid, match=sentence):
        closed_dates.add_holidays(session, None, [holiday], now=clock())


def test_there_are_not_too_many(begin: Begin, clock: FakeClock) -> None:
    """Each of them is compared with each day of a schedule, at each tick."""
    many = [a_holiday(TODAY + timedelta(days=day)) for day in range(501)]

    with begin() as session:
        with pytest.raises(Invalid, match="at most 500"):
            closed_dates.add_holidays(session, None, many, now=clock())
        assert len(closed_dates.add_holidays(session, None, many[:500], now=clock())) == 500


def test_a_slot_that_a_removed_holiday_has_prevented_is_not_caught_up(
    begin: Begin, clock: FakeClock
) -> None:
    """Removing yesterday's holiday must not send yesterday's edition."""
    with begin() as session:
        paper = a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
        [holiday_id] = closed_dates.add_holidays(session, paper.id, [a_holiday()], now=clock())
    with begin() as session:
        removed = closed_dates.remove_holiday(session, holiday_id, now=clock.advance(hours=2))
        assert removed.holiday == a_holiday()
    with begin() as session:
        assert plan.plan_due(session, now=clock()) == []
        assert len(plan.plan_due(session, now=clock.advance(days=1))) == 1
        with pytest.raises(NotFound, match="no holiday"):
            closed_dates.remove_holiday(session, holiday_id, now=clock())
