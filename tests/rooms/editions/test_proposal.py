"""What the coming edition has now, and what is left out of it."""

from datetime import time, timedelta

from service.articles.withdraw import withdraw
from service.editions import build, curate, drafts, plan
from service.editions.curate import Editor
from service.editions.proposal import LEFT_OVER_SHOWN, propose
from service.kit.db import Begin
from tests.builders import a_newsletter, an_article, many_articles
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def test_a_draft_fills_as_articles_come(begin: Begin, clock: FakeClock) -> None:
    """Nothing is stored for it: a later look shows what came since."""
    with begin() as session:
        a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
        assert propose(session, draft_id, now=clock()).section_mask == 0
        first = an_article(session, "Sport", seen=clock()).id
        clock.advance(minutes=5)
        assert [each.article.id for each in propose(session, draft_id, now=clock()).articles] == [
            first
        ]
        second = an_article(session, "Sport", seen=clock()).id

        later = propose(session, draft_id, now=clock.advance(minutes=5))

    assert [each.article.id for each in later.articles] == [second, first]
    assert later.section_mask == 1
    assert later.window_to == clock()


def test_of_what_has_no_room_the_latest_is_shown(begin: Begin, clock: FakeClock) -> None:
    """A week of dispatches would be a page of megabytes; what an editor dropped stays in reach."""
    with begin() as session:
        a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
        dropped = an_article(session, "Sport", seen=clock()).id
        many_articles(session, "Sport", count=LEFT_OVER_SHOWN + 50, seen=clock.advance(minutes=1))
        curate.drop(session, draft_id, dropped, Editor(), now=clock())

        found = propose(session, draft_id, now=clock.advance(minutes=1))

    assert len(found.articles) == 8
    assert len(found.left_over) == LEFT_OVER_SHOWN
    assert [each.article.id for each in found.dropped] == [dropped]


def test_what_is_left_out_says_by_whom(begin: Begin, clock: FakeClock) -> None:
    """An editor's choice can be taken back; the limit's can be overruled."""
    with begin() as session:
        a_newsletter(
            session,
            "Sport",
            now=clock(),
            days=EVERY_DAY,
            times=(time(7),),
            articles_per_section=1,
        )
        [draft_id] = drafts.open_drafts(session, now=clock())
        seen = clock() - timedelta(minutes=5)
        crowded, newest, dropped = (
            an_article(session, "Sport", seen=seen + timedelta(minutes=number)).id
            for number in range(3)
        )
        curate.drop(session, draft_id, dropped, Editor(), now=clock())

        found = propose(session, draft_id, now=clock())

    assert [each.article.id for each in found.articles] == [newest]
    assert [each.article.id for each in found.dropped] == [dropped]
    assert [each.article.id for each in found.left_over] == [crowded]


def test_a_selected_edition_shows_what_it_has(begin: Begin, clock: FakeClock) -> None:
    """Without what was withdrawn since, which the freeze leaves out."""
    with begin() as session:
        a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        seen = clock() - timedelta(minutes=5)
        kept, gone = (an_article(session, "Sport", seen=seen).id for _ in range(2))
        [edition_id] = plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, edition_id, now=clock())
        withdraw(session, gone, now=clock())
        an_article(session, "Sport", seen=clock.advance(minutes=1))

        found = propose(session, edition_id, now=clock())

    assert [each.article.id for each in found.articles] == [kept]
