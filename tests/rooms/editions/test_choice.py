"""An edition's articles: once in a series, none lost at the seams of its windows."""

from datetime import time, timedelta

from service.editions import build, choice, curate, drafts, plan
from service.editions.choice import CANDIDATES_PER_PAGE
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.lifecycle import EditionState
from service.editions.tables import Edition
from service.kit.db import Begin, Session
from tests.builders import a_newsletter, an_article, many_articles
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def build_due(session: Session, clock: FakeClock) -> int:
    [edition_id] = plan.plan_due(session, now=clock())
    build.select_articles(session, edition_id, now=clock())
    return edition_id


def carried(session: Session, edition_id: int) -> list[int]:
    return [each.article.id for each in edition_articles(session, edition_id)]


def test_what_a_limit_left_out_does_not_come_back_at_the_seam(
    begin: Begin, clock: FakeClock
) -> None:
    """The next selection looks back some minutes; what was cut there was cut for good."""
    with begin() as session:
        a_newsletter(
            session,
            "Sport",
            now=clock(),
            days=EVERY_DAY,
            times=(time(7), time(8)),
            articles_per_section=1,
        )
        clock.advance(minutes=55)
        cut = an_article(session, "Sport", seen=clock()).id
        newest = an_article(session, "Sport", seen=clock.advance(minutes=1)).id
        clock.advance(minutes=5)
        first = build_due(session, clock)
        assert carried(session, first) == [newest]
        assert get_edition(session, first).state is EditionState.SELECTED

        clock.advance(hours=1)
        second = build_due(session, clock)

        assert cut not in carried(session, second)
        assert get_edition(session, second).state is EditionState.SKIPPED


def test_an_article_that_was_stored_late_is_in_the_next_edition(
    begin: Begin, clock: FakeClock
) -> None:
    """Its transaction began before the selection, and committed after it."""
    with begin() as session:
        a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7), time(8)))
        an_article(session, "Sport", seen=clock())
        clock.advance(hours=1, minutes=1)
        build_due(session, clock)
        late = an_article(session, "Sport", seen=clock() - timedelta(minutes=1)).id

        clock.advance(hours=1)

        assert carried(session, build_due(session, clock)) == [late]


def test_an_unplaced_article_is_in_the_section_that_an_editor_names(
    begin: Begin, clock: FakeClock
) -> None:
    """No rule and no feed has placed it: only a person can say where it belongs."""
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        [draft_id] = drafts.open_drafts(session, now=clock())
        article = an_article(session, "Inconnue", seen=clock() - timedelta(minutes=1)).id
        section = paper.sections[0].id
        curate.move_to_section(session, draft_id, article, section, Editor(), now=clock())
        clock.advance(hours=1, minutes=1)

        assert carried(session, build_due(session, clock)) == [article]
        assert [each.section_id for each in choice.target_sections(paper)] == [section]


def test_a_section_with_little_is_not_lost_behind_thousands_of_dispatches(
    begin: Begin, clock: FakeClock
) -> None:
    """An agency sends more in an hour than is read together; the cinema page came at night."""
    with begin() as session:
        a_newsletter(session, "Dépêches", "Cinéma", now=clock(), days=EVERY_DAY, times=(time(7),))
        film = an_article(session, "Cinéma", seen=clock()).id
        many_articles(
            session,
            "Dépêches",
            count=2 * CANDIDATES_PER_PAGE + 100,
            seen=clock.advance(minutes=30),
        )
        clock.advance(minutes=31)

        found = carried(session, build_due(session, clock))

    assert film in found
    assert len(found) == 8 + 1


def test_an_edition_may_have_left_out_more_than_a_statement_has_parameters(
    begin: Begin, clock: FakeClock
) -> None:
    """A skipped slot passes over all that came since the one before; the next must still build."""
    with begin() as session:
        a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7), time(8)))
        an_article(session, "Sport", seen=clock())
        clock.advance(hours=1, minutes=1)
        first = session.get_one(Edition, build_due(session, clock))
        passed_over = an_article(session, "Sport", seen=clock() - timedelta(minutes=1)).id
        first.passed_over = [passed_over, *range(1_000_000, 1_070_000)]
        late = an_article(session, "Sport", seen=clock()).id

        clock.advance(hours=1)

        assert carried(session, build_due(session, clock)) == [late]
