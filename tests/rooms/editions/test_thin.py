"""An edition with too few articles is not sent; its articles wait, or are not carried."""

from datetime import time
from typing import Any

import pytest
from sqlalchemy import select

from service.editions import build, curate, curation_queries, drafts, plan
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.editions.tables import Edition, EditionArticle
from service.kit.db import Begin
from service.newsletters.limits import ThinEditions
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def publish(begin: Begin, clock: FakeClock, *sections: str) -> list[int]:
    with begin() as session:
        return [an_article(session, each, seen=clock()).id for each in sections]


def a_paper(begin: Begin, clock: FakeClock, **limits: Any) -> int:
    """A newsletter of every morning at 7, at 6 o'clock."""
    with begin() as session:
        paper = a_newsletter(
            session, "Politique", "Sport", now=clock(), days=EVERY_DAY, times=(time(7),), **limits
        )
        return paper.id


def run(begin: Begin, clock: FakeClock, **later: int) -> tuple[Edition, list[int]]:
    """Select the edition of the next slot; return it with its articles."""
    now = clock.advance(**later)
    with begin() as session:
        [edition_id] = plan.plan_due(session, now=now)
        build.select_articles(session, edition_id, now=now)
        build.freeze(session, edition_id, now=now)
        carried = session.scalars(
            select(EditionArticle.article_id).where(EditionArticle.edition_id == edition_id)
        )
        return lock_edition(session, edition_id), sorted(carried)


def test_what_a_thin_edition_had_comes_with_the_next(begin: Begin, clock: FakeClock) -> None:
    """A newsroom that had a quiet day does not send one lonely article, and does not lose it."""
    a_paper(begin, clock, least_articles=3)
    first = publish(begin, clock, "Sport")

    thin, nothing = run(begin, clock, hours=1, minutes=1)

    assert (thin.state, nothing) == (EditionState.SKIPPED, [])
    assert thin.note is not None
    assert thin.note.key == "edition.thin.merged"
    assert thin.window_to == thin.window_from
    second = publish(begin, clock, "Sport", "Politique")
    assert run(begin, clock, days=1)[1] == first + second


def test_what_a_skipped_thin_edition_had_is_not_carried_later(
    begin: Begin, clock: FakeClock
) -> None:
    """Also what came in its last minutes, where the next selection looks back."""
    a_paper(begin, clock, least_articles=2, thin_editions=ThinEditions.SKIP)
    publish(begin, clock, "Sport")

    thin, _ = run(begin, clock, hours=1, minutes=1)

    assert thin.state is EditionState.SKIPPED
    second = publish(begin, clock, "Sport", "Politique")
    assert run(begin, clock, days=1)[1] == second


def test_a_section_with_too_few_articles_waits_and_comes_back(
    begin: Begin, clock: FakeClock
) -> None:
    """The rest of the edition goes out, and the window moves on: what waits is found by its id."""
    a_paper(begin, clock, least_per_section=2)
    sport = publish(begin, clock, "Sport")
    politics = publish(begin, clock, "Politique", "Politique")

    sent, carried = run(begin, clock, hours=1, minutes=1)

    assert (carried, sent.waiting) == (politics, sport)
    more = publish(begin, clock, "Sport")
    assert run(begin, clock, days=1)[1] == sport + more
    assert run(begin, clock, days=1)[0].state is EditionState.SKIPPED


def test_an_edition_of_which_all_waits_says_so(begin: Begin, clock: FakeClock) -> None:
    """“Nothing new” would be wrong: an operator would look for a broken feed."""
    a_paper(begin, clock, least_per_section=2)
    publish(begin, clock, "Sport", "Politique")

    skipped, _ = run(begin, clock, hours=1, minutes=1)

    assert skipped.note is not None
    assert skipped.note.key == "edition.all_wait"


def test_what_an_editor_approved_or_an_operator_sends_is_never_thin(
    begin: Begin, clock: FakeClock
) -> None:
    """Whoever has looked at it has decided."""
    paper_id = a_paper(begin, clock, least_articles=3)
    first = publish(begin, clock, "Sport")
    with begin() as session:
        drafts.open_drafts(session, now=clock())
        [draft] = curation_queries.drafts(session)
        draft.approved_at = clock()

    assert run(begin, clock, hours=1, minutes=1)[1] == first

    publish(begin, clock, "Sport")
    with begin() as session:
        manual = plan.plan_now(session, paper_id, now=clock.advance(minutes=1))
        build.select_articles(session, manual.id, now=clock())
        assert get_edition(session, manual.id).state is EditionState.SELECTED


@pytest.mark.parametrize("limits", [{"least_articles": 3}, {"least_per_section": 3}])
def test_nothing_waits_once_the_next_edition_was_planned(
    begin: Begin, clock: FakeClock, limits: dict[str, int]
) -> None:
    """One that was paused before its selection is selected last: none would find its articles."""
    a_paper(begin, clock, **limits)
    first = publish(begin, clock, "Sport")
    with begin() as session:
        [late] = plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
    publish(begin, clock, "Sport", "Sport", "Sport")
    run(begin, clock, days=1)

    with begin() as session:
        assert build.select_articles(session, late, now=clock()) is EditionState.SELECTED
        carried = session.scalars(
            select(EditionArticle.article_id).where(EditionArticle.edition_id == late)
        )
        assert list(carried) == first


def test_what_waited_and_was_dropped_does_not_come_with_the_next(
    begin: Begin, clock: FakeClock
) -> None:
    """A thin edition's articles wait, but for those that an editor did not want in it."""
    a_paper(begin, clock, least_articles=3, least_per_section=2)
    [lonely] = publish(begin, clock, "Politique")
    sport = publish(begin, clock, "Sport", "Sport", "Sport")
    assert run(begin, clock, hours=1, minutes=1)[1] == sport
    with begin() as session:
        [draft] = drafts.open_drafts(session, now=clock())
        curate.drop(session, draft, lonely, curate.Editor(), now=clock())
    few = publish(begin, clock, "Sport", "Sport")
    thin, nothing = run(begin, clock, hours=24)
    assert (thin.state, nothing) == (EditionState.SKIPPED, [])
    _, third = publish(begin, clock, "Politique", "Sport")

    assert run(begin, clock, hours=24)[1] == [*few, third]
