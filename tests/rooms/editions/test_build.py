"""What goes in, and that it stays."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from structlog.testing import capture_logs

from service.articles.tables import ArticlePlacement
from service.editions import build, control, plan
from service.editions.find import edition_articles, get_edition
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.kit.db import Begin
from service.kit.errors import Conflict
from service.kit.translatable import translatable, verbatim
from service.newsletters.schedule import Slot
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

SEVEN = Slot(
    local_date=date(2023, 2, 8), local_time=time(7), instant=datetime(2023, 2, 8, 7, tzinfo=UTC)
)


def test_new_articles_stand_in_the_order_of_sections_newest_first(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, "Politique", "Continent", now=clock())
        older = an_article(session, "Continent", seen=clock() - timedelta(hours=2))
        newer = an_article(session, "CONTINENT", seen=clock() - timedelta(hours=1))
        politics = an_article(session, "politique", seen=clock() - timedelta(hours=3))
        an_article(session, "Sport", seen=clock() - timedelta(hours=1))
        edition = plan.plan_now(session, newsletter.id, now=clock())
        edition_id = edition.id

        state = build.select_articles(session, edition_id, now=clock())

        assert state is EditionState.SELECTED
        chosen = [article.id for _, article, _ in edition_articles(session, edition_id)]
        assert chosen == [politics.id, newer.id, older.id]
        assert get_edition(session, edition_id).section_mask == 0b11


def test_an_article_is_never_carried_twice_by_one_newsletter(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        an_article(session, "Culture", seen=clock() - timedelta(minutes=1))
        first = plan.plan_now(session, newsletter.id, now=clock())
        build.select_articles(session, first.id, now=clock())
        second = plan.plan_now(session, newsletter.id, now=clock.advance(minutes=1))

        assert build.select_articles(session, second.id, now=clock()) is EditionState.SKIPPED
        assert get_edition(session, second.id).note == translatable("edition.nothing_new")


def test_a_slot_to_come_for_which_nothing_is_new_stays_free(begin: Begin, clock: FakeClock) -> None:
    """An operator built the slot of 07:00 a few minutes early, and 07:00 then had no edition."""
    with begin() as session:
        paper = a_newsletter(session, now=clock(), days=(3,), times=(time(7),))
        with pytest.raises(Conflict, match="Nothing is new yet for the slot 2023-02-08 07:00"):
            build.build_slot(session, paper.id, SEVEN, now=clock())
    clock.advance(minutes=30)
    with begin() as session:
        an_article(session, "Culture", seen=clock())
    clock.advance(minutes=30)

    with begin() as session:
        (edition_id,) = plan.plan_due(session, now=clock())

        assert build.select_articles(session, edition_id, now=clock()) is EditionState.SELECTED


def test_a_slot_is_built_early_with_what_is_new(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, now=clock(), days=(3,), times=(time(7),))
        an_article(session, "Culture", seen=clock() - timedelta(minutes=1))

        edition = build.build_slot(session, paper.id, SEVEN, now=clock())

        assert (edition.state, edition.held_at) == (EditionState.SELECTED, clock())
        assert plan.plan_due(session, now=clock.advance(hours=1)) == []


def test_a_due_slot_with_nothing_new_is_skipped(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, now=clock(), days=(3,), times=(time(7),))
        clock.advance(hours=1)

        edition = build.build_slot(session, paper.id, SEVEN, now=clock())

        assert edition.state == EditionState.SKIPPED
        assert plan.plan_due(session, now=clock()) == []


def test_a_late_commit_is_caught_by_the_next_edition(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        first = plan.plan_now(session, newsletter.id, now=clock())
        build.select_articles(session, first.id, now=clock())
        an_article(session, "Culture", seen=clock() - timedelta(seconds=20))
        second = plan.plan_now(session, newsletter.id, now=clock.advance(hours=24))

        assert build.select_articles(session, second.id, now=clock()) is EditionState.SELECTED


def test_withdrawn_backlog_and_foreign_articles_stay_out(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        mine = a_newsletter(session, now=clock())
        other = a_newsletter(session, slug="le-soir", name="Le Soir", now=clock())
        seen = clock() - timedelta(minutes=5)
        an_article(session, "Culture", seen=seen, withdrawn_at=clock())
        an_article(session, "Culture", seen=seen, backlog=True)
        an_article(session, "Culture", seen=seen, language="en")
        filed = an_article(session, "Culture", seen=seen, publication_wide=False)
        session.add(
            ArticlePlacement(newsletter_id=other.id, article_id=filed.id, section_key="politique")
        )
        session.flush()
        mine_edition = plan.plan_now(session, mine.id, now=clock())
        other_edition = plan.plan_now(session, other.id, now=clock())

        assert build.select_articles(session, mine_edition.id, now=clock()) is EditionState.SKIPPED
        assert (
            build.select_articles(session, other_edition.id, now=clock()) is EditionState.SELECTED
        )
        ((_, article, section),) = edition_articles(session, other_edition.id)
        assert article.id == filed.id
        assert section.slug == "politique"


def test_a_section_takes_no_more_than_the_newsletter_allows(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, articles_per_section=3, now=clock())
        for minute in range(1, 6):
            an_article(session, "Culture", seen=clock() - timedelta(minutes=minute))
        edition = plan.plan_now(session, newsletter.id, now=clock())
        build.select_articles(session, edition.id, now=clock())

        assert len(edition_articles(session, edition.id)) == 3


def test_a_frozen_edition_does_not_change_with_its_articles(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        article = an_article(session, "Culture", seen=clock() - timedelta(minutes=1))
        gone = an_article(session, "Politique", seen=clock() - timedelta(minutes=1))
        edition = plan.plan_now(session, newsletter.id, now=clock())
        build.select_articles(session, edition.id, now=clock())
        gone.withdrawn_at = clock()
        assert build.freeze(session, edition.id, now=clock()) is EditionState.FROZEN
        before = get_edition(session, edition.id).content_hash
        title = article.title
        article.title = "Un autre titre"
        session.flush()

        assert build.freeze(session, edition.id, now=clock()) is None
        ((frozen, _, _),) = edition_articles(session, edition.id)
        assert before is not None
        assert frozen["title"] == title
        assert get_edition(session, edition.id).content_hash == before


def test_a_held_edition_waits_for_approval(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        an_article(session, "Culture", seen=clock() - timedelta(minutes=1))
        edition = plan.plan_now(session, newsletter.id, now=clock(), held=True)
        build.select_articles(session, edition.id, now=clock())

        assert build.freeze(session, edition.id, now=clock()) is None
        control.approve(session, edition.id, now=clock())
        assert build.freeze(session, edition.id, now=clock()) is EditionState.FROZEN


def test_a_held_edition_is_approved_and_not_resumed(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        edition = plan.plan_now(session, newsletter.id, now=clock(), held=True)

        with pytest.raises(Conflict, match="approve it instead"):
            control.resume(session, edition.id, now=clock())
        control.pause(session, edition.id, now=clock())
        control.resume(session, edition.id, now=clock())

        assert get_edition(session, edition.id).held_at is not None
        assert get_edition(session, edition.id).paused_at is None


def test_an_edition_pauses_itself_once_until_it_is_let_go_on(
    begin: Begin, clock: FakeClock
) -> None:
    """Several workers may see at once that it goes wrong."""
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        edition = lock_edition(session, plan.plan_now(session, newsletter.id, now=clock()).id)

        for reason in ("Too hot.", "Much too hot."):
            control.pause_automatically(session, edition.id, now=clock(), reason=verbatim(reason))
        first = (edition.own_pauses, edition.note, edition.paused_at)
        control.resume(session, edition.id, now=clock())
        control.pause(session, edition.id, now=clock())
        control.pause_automatically(session, edition.id, now=clock(), reason=verbatim("Cold."))
        by_hand = edition.own_pauses
        control.cancel(session, edition.id, now=clock())
        control.pause_automatically(session, edition.id, now=clock(), reason=verbatim("Too late."))

        assert first == (1, verbatim("Too hot."), clock())
        assert by_hand == edition.own_pauses == 1
        assert edition.state == EditionState.CANCELLED


def test_an_edition_that_pauses_itself_is_told_apart_from_one_that_somebody_pauses(
    begin: Begin, clock: FakeClock
) -> None:
    """Alerts select on the event, and should wake nobody for an operator's own pause."""
    with begin() as session, capture_logs() as lines:
        newsletter = a_newsletter(session, now=clock())
        edition = plan.plan_now(session, newsletter.id, now=clock())

        control.pause(session, edition.id, now=clock())
        control.resume(session, edition.id, now=clock())
        control.pause_automatically(session, edition.id, now=clock(), reason=verbatim("Too hot."))

    stopped = [line for line in lines if line["event"] == "edition.stopped"]
    assert [(line["reason"], line["log_level"]) for line in stopped] == [("Too hot.", "warning")]


def test_a_cancelled_selection_frees_its_articles(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        an_article(session, "Culture", seen=clock() - timedelta(minutes=1))
        first = plan.plan_now(session, newsletter.id, now=clock())
        build.select_articles(session, first.id, now=clock())
        control.cancel(session, first.id, now=clock())
        second = plan.plan_now(session, newsletter.id, now=clock.advance(minutes=1))

        assert build.select_articles(session, second.id, now=clock()) is EditionState.SELECTED
        assert get_edition(session, first.id).state is EditionState.CANCELLED
