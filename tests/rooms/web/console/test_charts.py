"""A drawn bar is as long as its numbers."""

from hypothesis import given
from hypothesis import strategies as st

from service.web.console import charts

ORDER = ("accepted", "refused", "uncertain", "suppressed", "expired", "pending")
COUNTS = st.dictionaries(st.sampled_from(ORDER), st.integers(0, 2_000_000))


@given(COUNTS)
def test_the_parts_fill_the_bar_without_gaps(counts: dict[str, int]) -> None:
    parts = charts.bar_segments(counts, ORDER)

    assert {part.name for part in parts} == {name for name, count in counts.items() if count}
    x = 0
    for part in parts:
        assert part.x == x
        assert part.width > 0
        x += part.width
    assert x == (charts.WIDTH if parts else 0)


def test_one_refusal_among_a_million_is_visible() -> None:
    parts = charts.bar_segments({"accepted": 999_999, "refused": 1}, ORDER)

    assert parts[1].width >= 5


def test_the_longest_bar_is_full_and_an_empty_one_is_empty() -> None:
    assert [charts.bar_length(count, 40) for count in (40, 20, 0)] == [1000, 500, 0]
    assert charts.bar_length(0, 0) == 0


def test_columns_stand_side_by_side_and_the_greatest_is_as_high_as_the_drawing() -> None:
    columns = charts.chart_columns([0, 1, 500, 1_000], width=7)

    assert [column.x for column in columns] == [0, 7, 14, 21]
    assert [column.height for column in columns] == [0, 2, 50, charts.HEIGHT]
    assert all(column.y + column.height == charts.HEIGHT for column in columns)
    assert charts.chart_columns([], width=7) == []
