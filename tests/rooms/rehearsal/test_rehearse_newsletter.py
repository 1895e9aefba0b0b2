"""The coming days of one newsletter: its slots, its past, and what is said of both."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update

from service.editions import plan
from service.editions.kind import EditionKind
from service.editions.manual import create_manually
from service.kit.db import Begin
from service.newsletters import closed_dates
from service.newsletters.holidays import Holiday
from service.newsletters.schedule import slot_of
from service.newsletters.tables import Newsletter
from service.rehearsal.rehearsed import SlotStatus
from tests.builders import an_article
from tests.rooms.rehearsal.one_week import (
    DAY,
    NOW,
    a_paper,
    news_of_a_week,
    rehearsed,
    said,
)


def test_the_coming_week_is_as_the_last_one_was(begin: Begin) -> None:
    """What came on Monday at one after noon will come next Monday, and is in Tuesday's edition."""
    a_paper(begin)
    news_of_a_week(begin)

    found = rehearsed(begin)

    [part] = found.newsletters
    assert part.history is not None
    assert (part.history.first_on, part.history.last_on) == (date(2026, 11, 23), date(2026, 11, 30))
    assert (part.history.weeks, part.history.articles, part.notes) == (1, 7, ())
    titles = [[each.frozen.title for each in edition.articles] for edition in found.editions]
    assert titles == [[f"Sport {days}"] for days in (7, 6, 5, 4, 3, 2, 1)]
    assert all(article.is_copy for each in found.editions for article in each.articles)
    assert {each.status for each in found.editions} == {SlotStatus.SENT}


def test_what_has_come_already_is_where_it_is(begin: Begin) -> None:
    """The next edition has this morning's news, and this afternoon's as a week ago."""
    a_paper(begin)
    news_of_a_week(begin)
    with begin() as session:
        an_article(session, "Sport", seen=NOW - timedelta(hours=1), title="Ce matin")

    articles = rehearsed(begin).editions[0].articles

    assert [(each.frozen.title, each.is_copy) for each in articles] == [
        ("Sport 7", True),
        ("Ce matin", False),
    ]


def test_a_short_past_and_an_empty_one_are_said(begin: Begin) -> None:
    """A week without news is no statement about the week to come."""
    a_paper(begin)

    [empty] = rehearsed(begin).newsletters
    with begin() as session:
        an_article(session, "Sport", seen=NOW - 2 * DAY)
    [short] = rehearsed(begin).newsletters

    assert [each.message.key for each in empty.notes] == ["rehearsal.no_history"]
    assert {tuple(said(each)) for each in empty.editions} == {("!edition.nothing_new",)}
    [note] = short.notes
    assert (note.message.key, note.message.params) == (
        "rehearsal.short_history",
        {"day": "2026-11-28"},
    )
    assert note.warns


def test_a_holiday_has_no_edition_and_the_next_one_has_its_articles(begin: Begin) -> None:
    paper = a_paper(begin)
    news_of_a_week(begin)
    with begin() as session:
        day = date(2026, 12, 2)
        holiday = Holiday(first_on=day, last_on=day, label="Pause")
        closed_dates.add_holidays(session, paper.id, [holiday], now=NOW)

    editions = rehearsed(begin).editions

    assert [each.status for each in editions[:3]] == [
        SlotStatus.SENT,
        SlotStatus.HOLIDAY,
        SlotStatus.SENT,
    ]
    assert [note.message.params for note in editions[1].notes] == [{"label": "Pause"}]
    assert editions[1].is_fine
    assert [each.frozen.title for each in editions[2].articles] == ["Sport 5", "Sport 6"]


def test_without_slots_or_with_an_unknown_zone_a_newsletter_says_so(begin: Begin) -> None:
    """No edition is the surest way to send none."""
    paper = a_paper(begin, days=(), month_days=("15",))

    [quiet] = rehearsed(begin).newsletters
    with begin() as session:
        changed = update(Newsletter).where(Newsletter.id == paper.id)
        session.execute(changed.values(time_zone="Mars/Olympus"))
    [lost] = rehearsed(begin).newsletters

    assert [(each.message.key, each.warns) for each in quiet.notes] == [
        ("rehearsal.no_slot", False)
    ]
    assert [(each.message.key, each.warns) for each in lost.notes] == [
        ("newsletter.unknown_zone", True)
    ]


def test_a_missed_slot_goes_out_late(begin: Begin) -> None:
    """A scheduler that has stood still since the morning makes it as soon as it runs."""
    paper = a_paper(begin)
    news_of_a_week(begin)
    with begin() as session:
        since = update(Newsletter).where(Newsletter.id == paper.id)
        session.execute(since.values(scheduled_since=NOW - DAY))

    late, *others = rehearsed(begin).editions

    assert (str(late.slot), late.begins_at) == ("2026-11-30 07:00", NOW)
    assert "!rehearsal.late" in said(late)
    assert [each.frozen.title for each in late.articles] == ["Sport 1"]
    assert len(others) == 7


def test_a_slot_with_an_edition_is_not_run_again(begin: Begin) -> None:
    """An operator has built tomorrow's already, held."""
    paper = a_paper(begin)
    news_of_a_week(begin)
    tomorrow = rehearsed(begin).editions[0].slot
    with begin() as session:
        an_article(session, "Sport", seen=NOW - timedelta(hours=1))
        plan.plan_slot(session, paper.id, tomorrow, now=NOW)

    first, second, *_ = rehearsed(begin).editions

    assert (first.status, said(first)) == (SlotStatus.TAKEN, ["rehearsal.taken"])
    assert second.status is SlotStatus.SENT


def test_what_editors_have_made_for_a_time_is_in_it(begin: Begin) -> None:
    paper = a_paper(begin, days=(), times=())
    at = slot_of(NOW + timedelta(hours=5), ZoneInfo("UTC"))
    with begin() as session:
        create_manually(session, paper.id, EditionKind.CHOSEN, now=NOW, at=at)

    [edition] = rehearsed(begin).editions

    assert (edition.frequency, edition.status) == (None, SlotStatus.SKIPPED)
    assert said(edition) == ["!rehearsal.empty"]
    assert edition.slot == at
