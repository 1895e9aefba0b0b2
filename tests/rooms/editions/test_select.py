"""Which candidates go in, and in which order."""

from datetime import UTC, datetime, timedelta

from service.editions.select import ArticleCandidate, TargetSection, select

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
