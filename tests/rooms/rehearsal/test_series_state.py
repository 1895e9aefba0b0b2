"""Where a series stands before its next slot."""

from datetime import date, time, timedelta

from service.editions import build, drafts, plan
from service.kit.db import Begin
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import Slot
from service.rehearsal.series_state import load_series
from tests.builders import an_article
from tests.rooms.rehearsal.one_week import DAY, NOW, a_paper

SEVEN = Slot(local_date=date(2026, 12, 1), local_time=time(7), instant=NOW + timedelta(hours=19))


def test_a_new_series_begins_a_day_before_its_first_slot(begin: Begin) -> None:
    paper = a_paper(begin)
    with begin() as session:
        came = an_article(session, "Sport", seen=NOW - timedelta(minutes=1)).id

    with begin() as session:
        state = load_series(session, paper, Frequency.EACH, [SEVEN], now=NOW)

    assert (state.is_new, state.draft_id, state.taken) == (True, None, set())
    assert state.window_from == SEVEN.instant - DAY
    assert [each.article_id for each in state.found.candidates] == [came]


def test_after_an_edition_it_begins_where_that_one_ended(begin: Begin) -> None:
    paper = a_paper(begin)
    with begin() as session:
        an_article(session, "Sport", seen=NOW - timedelta(minutes=1))
        made = plan.plan_now(session, paper.id, now=NOW)
        build.select_articles(session, made.id, now=NOW)
        [draft_id] = drafts.open_drafts(session, now=NOW)

    with begin() as session:
        state = load_series(session, paper, Frequency.EACH, [SEVEN], now=NOW)

    assert (state.is_new, state.draft_id, state.window_from) == (False, draft_id, NOW)
    assert state.found.candidates == []
    assert (state.is_held, state.is_approved) == (False, False)


def test_a_month_of_a_newsletter_of_every_three_minutes_is_asked_at_once(begin: Begin) -> None:
    """PostgreSQL refuses a list of so many rows: `stack depth limit exceeded`."""
    paper = a_paper(begin)
    slots = [
        Slot(local_date=instant.date(), local_time=instant.time(), instant=instant)
        for instant in (NOW + timedelta(minutes=3 * number) for number in range(15_000))
    ]
    with begin() as session:
        an_article(session, "Sport", seen=NOW - timedelta(minutes=1))
        plan.plan_slot(session, paper.id, slots[20], now=NOW)

    with begin() as session:
        state = load_series(session, paper, Frequency.EACH, slots, now=NOW)

    assert state.taken == {(slots[20].local_date, slots[20].local_time)}
