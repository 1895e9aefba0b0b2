"""Which articles are too many or too few: for a section, and in all."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from service.editions.limit import limit_articles, share_places
from service.editions.select import SelectedArticle, TargetSection
from service.newsletters.limits import ArticleLimits

SECTIONS = [
    TargetSection(section_id=number, bit=number, keys=frozenset({str(number)}))
    for number in range(1, 5)
]


def arranged(*counts: int) -> list[SelectedArticle]:
    """So many articles in each section, numbered 11, 12 and 21, 22."""
    return [
        SelectedArticle(
            article_id=10 * section.section_id + place + 1,
            section_id=section.section_id,
            bit=section.bit,
            position=place,
        )
        for section, count in zip(SECTIONS, counts, strict=False)
        for place in range(count)
    ]


def test_a_section_with_too_few_articles_waits_whole() -> None:
    """One lonely article under a large heading looks like a mistake."""
    limits = ArticleLimits(most_per_section=8, least_per_section=2)

    found = limit_articles(arranged(3, 1), SECTIONS, limits)

    assert [each.article_id for each in found.chosen] == [11, 12, 13]
    assert found.waiting == [21]


def test_an_editors_article_is_in_whatever_the_limits_say() -> None:
    """Whoever pins an article has looked at the page."""
    limits = ArticleLimits(most_per_section=8, least_per_section=2, most=1)

    found = limit_articles(arranged(3, 1), SECTIONS, limits, kept={21})

    assert [each.article_id for each in found.chosen] == [21]
    assert found.waiting == []


def test_sections_share_the_places_fairly_in_their_order() -> None:
    """A busy section must not push the others out; what it does not need goes to them."""
    limits = ArticleLimits(most_per_section=8, most=7)

    found = limit_articles(arranged(6, 1, 4), SECTIONS, limits)

    assert [each.article_id for each in found.chosen] == [11, 12, 13, 21, 31, 32, 33]


def test_without_enough_places_the_first_sections_have_theirs() -> None:
    limits = ArticleLimits(most_per_section=8, most=2)

    found = limit_articles(arranged(2, 2, 2), SECTIONS, limits)

    assert [each.article_id for each in found.chosen] == [11, 21]


@given(
    counts=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    most=st.integers(1, 40),
)
def test_shares_are_full_and_fair(counts: list[int], most: int) -> None:
    """No place is empty while there are articles, and no section has two more than a poorer one."""
    of_section = Counter({number: count for number, count in enumerate(counts) if count})

    places = share_places(of_section, range(len(counts)), most, kept={})

    assert sum(places.values()) == min(most, sum(counts))
    for poor, count in of_section.items():
        if places[poor] < count:
            assert max(places.values()) <= places[poor] + 1
