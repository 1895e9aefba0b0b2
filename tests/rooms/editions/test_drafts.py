"""The coming edition is there from the close of the last one, and moves with the schedule."""

from dataclasses import replace
from datetime import time, timedelta

from service.editions import build, control, curate, drafts, plan
from service.editions.curate import Editor
from service.editions.find import (
    coming_editions,
    edition_articles,
    get_edition,
    recent_editions,
)
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def test_each_series_has_one_draft_for_its_next_slot(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(
            session,
            now=clock(),
            days=EVERY_DAY,
            times=(time(7), time(18)),
            weekly_at=time(9),
            weekly_on=7,
        )
        drafts.open_drafts(session, now=clock())
        again = drafts.open_drafts(session, now=clock())

        coming = coming_editions(session, paper.id)

    assert again == []
    assert [(each.frequency, str(each.slot_date), each.slot_time) for each in coming] == [
        ("each", "2023-02-08", time(7)),
        ("weekly", "2023-02-12", time(9)),
    ]
    with begin() as session:
        assert recent_editions(session) == [], "lists of editions have no drafts"


def test_a_due_draft_becomes_the_slots_edition_and_the_next_one_opens(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        paper = a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
    clock.advance(hours=1, minutes=1)

    with begin() as session:
        planned = plan.plan_due(session, now=clock())
        drafts.open_drafts(session, now=clock())
        [coming] = coming_editions(session, paper.id)

    assert planned == [draft_id]
    assert (str(coming.slot_date), coming.id) == ("2023-02-09", coming.id)
    with begin() as session:
        assert get_edition(session, draft_id).state is EditionState.PLANNED


def test_a_draft_follows_a_changed_schedule_with_all_that_was_done(
    begin: Begin, clock: FakeClock
) -> None:
    """An editor has written the introduction; the slot is moved from 07:00 to 06:30."""
    with begin() as session:
        paper = a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
        curate.write_text(session, draft_id, {"introduction": "Bonjour."}, Editor(), now=clock())
    with begin() as session:
        draft = replace(catalogue.draft_of(paper), times=(time(6, 30),))
        catalogue.edit(session, paper.slug, draft, now=clock())
        assert drafts.open_drafts(session, now=clock()) == []

        [coming] = coming_editions(session, paper.id)

    assert (coming.id, coming.slot_time) == (draft_id, time(6, 30))


def test_sending_now_sends_what_editors_have_prepared(begin: Begin, clock: FakeClock) -> None:
    """Else the button would send another edition than the one that the page shows."""
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
        an_article(session, "Sport", seen=clock() - timedelta(hours=1))
        curate.write_text(session, draft_id, {"subject": "À la une"}, Editor(), now=clock())

        edition = plan.plan_now(session, paper.id, now=clock.advance(minutes=1))
        build.select_articles(session, edition.id, now=clock())
        build.freeze(session, edition.id, now=clock())

        assert edition.id == draft_id
        assert get_edition(session, draft_id).frozen["text"] == {"subject": "À la une"}


def test_a_cancelled_draft_skips_its_slot_and_loses_nothing(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
        article = an_article(session, "Sport", seen=clock())
        control.cancel(session, draft_id, now=clock())
        drafts.open_drafts(session, now=clock())
    with begin() as session:
        assert plan.plan_due(session, now=clock.advance(hours=2)) == []
    clock.advance(hours=23)

    with begin() as session:
        [edition_id] = plan.plan_due(session, now=clock())
        assert build.select_articles(session, edition_id, now=clock()) is EditionState.SELECTED
        [found] = edition_articles(session, edition_id)
        assert found.article.id == article.id
        assert paper.id == get_edition(session, edition_id).newsletter_id


def test_a_newsletter_that_needs_approval_waits_for_it(begin: Begin, clock: FakeClock) -> None:
    """Approved before its slot, it goes out on time; otherwise it is held and looked at."""
    with begin() as session:
        a_newsletter(
            session, now=clock(), days=EVERY_DAY, times=(time(7), time(9)), needs_approval=True
        )
        [draft_id] = drafts.open_drafts(session, now=clock())
        control.approve(session, draft_id, now=clock())
    with begin() as session:
        plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        assert get_edition(session, draft_id).held_at is None
        [next_id] = drafts.open_drafts(session, now=clock())
    with begin() as session:
        plan.plan_due(session, now=clock.advance(hours=2))
        assert get_edition(session, next_id).held_at == clock()
