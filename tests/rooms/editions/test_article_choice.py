"""What an edition has of its candidates, and what it leaves to the next one of its series."""

from datetime import UTC, datetime, timedelta

from service.editions.article_choice import (
    ArticleChoice,
    CandidateSet,
    choose_articles,
    close_dropped,
    close_merged,
    close_selected,
    is_thin,
)
from service.editions.curation import CuratedArticle
from service.editions.select import ArticleCandidate, TargetSection
from service.newsletters.limits import ArticleLimits

SEVEN = datetime(2026, 11, 30, 7, tzinfo=UTC)
SECTIONS = [TargetSection(section_id=1, bit=0, keys=frozenset({"sport"}))]
ALL_BUT_ONE = ArticleLimits(most_per_section=3)


def a_choice(
    limits: ArticleLimits = ALL_BUT_ONE, *curated: CuratedArticle, waited: tuple[int, ...] = ()
) -> ArticleChoice:
    """Of four articles, of 06:59, 06:49, 06:39 and 06:29."""
    candidates = [
        ArticleCandidate(
            article_id=number,
            section_key="sport",
            published_at=None,
            first_seen_at=SEVEN - timedelta(minutes=1 + 10 * (number - 1)),
        )
        for number in (1, 2, 3, 4)
    ]
    found = CandidateSet(
        candidates=candidates,
        waited=list(waited),
        curation={each.article_id: each for each in curated},
    )
    return choose_articles(found, SECTIONS, limits)


def test_the_rule_chooses_and_editors_change_it() -> None:
    pinned = CuratedArticle(article_id=4, is_pinned=True)
    dropped = CuratedArticle(article_id=1, is_dropped=True)

    choice = a_choice(ALL_BUT_ONE, pinned, dropped, waited=(3,))

    assert [each.article_id for each in choice.chosen] == [4, 2, 3]
    assert (set(choice.kept), choice.dropped, choice.waited) == ({4}, [1], [3])


def test_what_is_sent_passes_over_only_what_the_next_selection_could_find() -> None:
    """It looks back a quarter of an hour."""
    few = a_choice(ArticleLimits(most_per_section=1))

    closed = close_selected(few, [1], window_to=SEVEN)

    assert (closed.window_to, closed.waiting, closed.passed_over) == (SEVEN, [], [2])


def test_what_waits_is_not_passed_over() -> None:
    choice = a_choice(ArticleLimits(most_per_section=8, least_per_section=5))

    assert close_selected(choice, [], window_to=SEVEN).passed_over == []
    assert close_dropped(choice, window_to=SEVEN).passed_over == []
    assert close_selected(choice, [], window_to=SEVEN).waiting == [1, 2, 3, 4]


def test_what_is_dropped_is_passed_over_entirely() -> None:
    assert close_dropped(a_choice(), window_to=SEVEN).passed_over == [1, 2, 3, 4]


def test_what_is_merged_closes_its_window_where_it_began() -> None:
    """All but what editors have dropped is found again."""
    dropped = (CuratedArticle(article_id=each, is_dropped=True) for each in (1, 4))
    choice = a_choice(ALL_BUT_ONE, *dropped, waited=(3, 4))

    closed = close_merged(choice, window_from=SEVEN - timedelta(hours=1))

    assert closed.window_to == SEVEN - timedelta(hours=1)
    assert (closed.waiting, closed.passed_over) == ([3], [1, 4])


def test_an_edition_is_thin_if_it_has_something_but_too_little() -> None:
    least = ArticleLimits(most_per_section=3, least=4)

    assert is_thin(a_choice(least), least)
    assert not is_thin(a_choice(ALL_BUT_ONE), ALL_BUT_ONE)
    nothing = choose_articles(CandidateSet(candidates=[], waited=[], curation={}), SECTIONS, least)
    assert not is_thin(nothing, least)
    assert not is_thin(a_choice(least, CuratedArticle(article_id=2, is_pinned=True)), least)
