"""Which candidates go in, and in which order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.editions.select import ArticleCandidate, SelectionProgress, TargetSection, select

NOON = datetime(2023, 2, 8, 12, tzinfo=UTC)
POLITICS = TargetSection(section_id=10, bit=0, keys=frozenset({"politique", "gouvernement"}))
CULTURE = TargetSection(section_id=20, bit=1, keys=frozenset({"culture"}))


def a_candidate(
    number: int, key: str = "politique", *, published: datetime | None = NOON
) -> ArticleCandidate:
    return ArticleCandidate(
        article_id=number, section_key=key, published_at=published, first_seen_at=NOON
    )


def test_sections_keep_the_newsletters_order_whatever_came_first() -> None:
    found = select(
        [a_candidate(1, "culture"), a_candidate(2, "gouvernement")],
        [POLITICS, CULTURE],
        most_per_section=8,
    )

    assert [(each.article_id, each.section_id, each.bit, each.position) for each in found] == [
        (2, 10, 0, 0),
        (1, 20, 1, 0),
    ]


def test_the_newest_come_first_and_what_is_beyond_the_limit_stays_out() -> None:
    candidates = [
        a_candidate(number, published=NOON - timedelta(hours=number)) for number in (3, 1, 2)
    ]

    found = select(candidates, [POLITICS], most_per_section=2)

    assert [each.article_id for each in found] == [1, 2]


def test_a_date_in_the_future_does_not_take_the_first_place() -> None:
    tomorrow = a_candidate(1, published=NOON + timedelta(days=1))
    undated = a_candidate(2, published=None)

    found = select([tomorrow, undated], [POLITICS], most_per_section=8)

    assert [each.article_id for each in found] == [2, 1]


def test_a_key_of_two_sections_belongs_to_the_first() -> None:
    second = TargetSection(section_id=30, bit=2, keys=frozenset({"politique"}))

    (found,) = select([a_candidate(1)], [POLITICS, second], most_per_section=8)

    assert found.section_id == 10


def test_an_unknown_section_selects_nothing() -> None:
    assert select([a_candidate(1, "sport")], [POLITICS], most_per_section=8) == []


def test_sections_are_settled_when_what_comes_is_older_than_what_they_have() -> None:
    """Candidates come as they were seen, and are selected by their dates."""
    progress = SelectionProgress([POLITICS, CULTURE], most_per_section=2)
    an_hour_ago, old = NOON - timedelta(hours=1), NOON - timedelta(days=3)
    for number in (1, 2):
        progress.add(a_candidate(number))
    assert not progress.is_settled(seen_to=an_hour_ago), "culture has nothing yet"
    progress.add(a_candidate(3, "culture"))
    progress.add(a_candidate(4, "culture", published=old))
    assert not progress.is_settled(seen_to=an_hour_ago), "what was seen then may be newer"
    assert progress.is_settled(seen_to=old - timedelta(hours=1))
    progress.add(a_candidate(5, "sport"))
    progress.add(a_candidate(6, "culture"))

    assert progress.is_settled(seen_to=an_hour_ago)


@given(
    candidates=st.lists(
        st.tuples(st.sampled_from(["politique", "culture"]), st.integers(-5, 30), st.booleans()),
        max_size=30,
    ),
    most=st.integers(1, 4),
)
def test_what_is_seen_before_a_settled_selection_does_not_change_it(
    candidates: list[tuple[str, int, bool]], most: int
) -> None:
    """It may be read no further: the edition is the same as if everything had been read."""
    found = [
        ArticleCandidate(
            article_id=1000 - hours,
            section_key=key,
            published_at=None if undated else NOON - timedelta(hours=hours + older),
            first_seen_at=NOON - timedelta(hours=hours),
        )
        for hours, (key, older, undated) in enumerate(candidates)
    ]
    progress, read = SelectionProgress([POLITICS, CULTURE], most_per_section=most), []
    for each in found:
        if progress.is_settled(seen_to=each.first_seen_at):
            break
        read.append(each)
        progress.add(each)

    sections = [POLITICS, CULTURE]
    assert select(read, sections, most_per_section=most) == select(
        found, sections, most_per_section=most
    )
