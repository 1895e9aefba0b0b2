"""An editor's changes hold while the rule's proposal grows."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.editions.curation import CuratedArticle, arrange
from service.editions.select import ArticleCandidate, TargetSection

NOON = datetime(2023, 2, 8, 12, tzinfo=UTC)
SECTIONS = [
    TargetSection(section_id=10 + bit, bit=bit, keys=frozenset({f"s{bit}"})) for bit in range(3)
]


def candidates(*places: int) -> list[ArticleCandidate]:
    """An article per section bit, numbered from 1, each newer than the one before."""
    return [
        ArticleCandidate(
            article_id=number,
            section_key=f"s{bit}",
            published_at=None,
            first_seen_at=NOON + timedelta(minutes=number),
        )
        for number, bit in enumerate(places, start=1)
    ]


def page(
    found: list[ArticleCandidate], *curated: CuratedArticle, most: int = 2
) -> list[tuple[int, int]]:
    """Return (section bit, article) in the order of the page."""
    chosen = arrange(
        found, SECTIONS, {each.article_id: each for each in curated}, most_per_section=most
    )
    return [(each.bit, each.article_id) for each in chosen]


def test_without_an_editor_the_rule_decides() -> None:
    assert page(candidates(0, 0, 0, 1)) == [(0, 3), (0, 2), (1, 4)]


def test_a_dropped_article_makes_room_for_the_next() -> None:
    assert page(candidates(0, 0, 0), CuratedArticle(article_id=3, is_dropped=True)) == [
        (0, 2),
        (0, 1),
    ]


def test_a_pinned_article_is_in_although_newer_ones_came() -> None:
    """It was chosen in the morning; by the evening there are ten newer ones."""
    assert page(candidates(0, 0, 0), CuratedArticle(article_id=1, is_pinned=True)) == [
        (0, 1),
        (0, 3),
    ]


def test_an_order_holds_while_articles_come() -> None:
    order = [CuratedArticle(article_id=each, position=place) for place, each in enumerate((1, 2))]

    assert page(candidates(0, 0), *order) == [(0, 1), (0, 2)]
    assert page(candidates(0, 0, 0), *order, most=3) == [(0, 1), (0, 2), (0, 3)]


def test_an_article_is_shown_in_the_section_that_an_editor_chose() -> None:
    assert page(candidates(0, 0), CuratedArticle(article_id=2, section_id=12)) == [(0, 1), (2, 2)]


def test_more_pinned_articles_than_the_limit_are_all_in() -> None:
    pins = [CuratedArticle(article_id=each, is_pinned=True) for each in (1, 2, 3)]

    assert len(page(candidates(0, 0, 0, 0), *pins)) == 3


def test_what_editors_have_taken_back_is_no_change() -> None:
    """Then there is nothing to undo, and the page offers no button for it."""
    assert CuratedArticle(article_id=1).is_empty
    assert not CuratedArticle(article_id=1, title="Autre").is_empty


def test_a_section_that_was_retired_since_moves_nothing() -> None:
    assert page(candidates(0), CuratedArticle(article_id=1, section_id=99)) == [(0, 1)]


CURATED = st.builds(
    CuratedArticle,
    article_id=st.integers(1, 12),
    is_dropped=st.booleans(),
    is_pinned=st.booleans(),
    position=st.none() | st.integers(0, 5),
    section_id=st.none() | st.sampled_from([10, 11, 12, 99]),
)


@given(
    places=st.lists(st.integers(0, 3), max_size=12),
    curated=st.lists(CURATED, unique_by=lambda each: each.article_id, max_size=8),
    most=st.integers(1, 4),
)
def test_whatever_editors_do_each_article_is_there_once_and_limits_hold(
    places: list[int], curated: list[CuratedArticle], most: int
) -> None:
    found = page(candidates(*places), *curated, most=most)
    kept = {each.article_id for each in curated if each.is_pinned or each.position is not None}
    dropped = {each.article_id for each in curated if each.is_dropped}
    articles = [article for _, article in found]

    assert len(articles) == len(set(articles))
    assert not dropped & set(articles)
    assert [bit for bit, _ in found] == sorted(bit for bit, _ in found)
    for bit in range(3):
        here = [article for at, article in found if at == bit]
        assert len([each for each in here if each not in kept]) <= max(
            0, most - len([each for each in here if each in kept])
        )
