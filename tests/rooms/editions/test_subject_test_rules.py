"""When a subject test is decided, and for whom."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.editions.subject_test_rules import (
    FIRST,
    LEAST_AUDIENCE,
    MOST_PERCENT,
    SECOND,
    SubjectFigures,
    SubjectTestOutcome,
    decision_time,
    expected_readers,
    is_too_small,
    judge,
    longest_wait,
)

AT = datetime(2023, 2, 8, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIGURES = st.builds(SubjectFigures, st.integers(0, 10**6), st.integers(0, 10**6))


@pytest.mark.parametrize(
    ("first", "second", "decided"),
    [
        ((500, 30), (500, 60), (SECOND, SubjectTestOutcome.CLEAR)),
        ((500, 60), (500, 30), (FIRST, SubjectTestOutcome.CLEAR)),
        ((500, 30), (500, 31), (SECOND, SubjectTestOutcome.CLOSE)),
        # Fewer messages, as many clicks: the rate decides, and not the number.
        ((500, 30), (250, 30), (SECOND, SubjectTestOutcome.CLEAR)),
        ((500, 30), (500, 30), (FIRST, SubjectTestOutcome.TIE)),
        ((500, 0), (500, 0), (FIRST, SubjectTestOutcome.NOTHING)),
        ((0, 0), (0, 0), (FIRST, SubjectTestOutcome.NOTHING)),
        ((0, 0), (500, 3), (SECOND, SubjectTestOutcome.CLOSE)),
        ((10, 10), (10, 10), (FIRST, SubjectTestOutcome.TIE)),
        # More visitors than messages: what is in doubt is not guessed.
        ((500, 30), (500, 501), (FIRST, SubjectTestOutcome.DOUBTFUL)),
        ((500, 501), (500, 30), (FIRST, SubjectTestOutcome.DOUBTFUL)),
    ],
)
def test_the_higher_rate_wins(
    first: tuple[int, int], second: tuple[int, int], decided: tuple[int, SubjectTestOutcome]
) -> None:
    assert judge(SubjectFigures(*first), SubjectFigures(*second)) == decided


@given(FIGURES, FIGURES)
def test_the_order_of_the_two_makes_no_difference_unless_they_tie(
    first: SubjectFigures, second: SubjectFigures
) -> None:
    winner, outcome = judge(first, second)
    other, same = judge(second, first)

    assert outcome is same
    is_even = outcome in {
        SubjectTestOutcome.TIE,
        SubjectTestOutcome.NOTHING,
        SubjectTestOutcome.DOUBTFUL,
    }
    assert (winner == other) is is_even
    assert 0 <= first.rate <= 1


def test_half_of_the_time_until_it_expires_is_for_the_others() -> None:
    assert decision_time(AT, HOUR, expires_at=AT + 6 * HOUR) == AT + HOUR
    assert decision_time(AT, 4 * HOUR, expires_at=AT + 6 * HOUR) == AT + 3 * HOUR
    assert decision_time(AT, HOUR, expires_at=None) == AT + HOUR
    assert decision_time(AT, HOUR, expires_at=AT - HOUR) == AT


def test_a_test_takes_half_of_the_validity_and_half_a_day_at_most() -> None:
    assert longest_wait(4 * HOUR) == 2 * HOUR
    assert longest_wait(72 * HOUR) == 12 * HOUR


def test_a_sample_is_too_small_if_either_subject_has_too_few_readers() -> None:
    assert is_too_small((49, 500))
    assert not is_too_small((50, 50))
    assert is_too_small(())
    assert expected_readers(1_000, 20) == 100
    assert not is_too_small([expected_readers(LEAST_AUDIENCE, MOST_PERCENT)])
    assert is_too_small([expected_readers(LEAST_AUDIENCE - 1, MOST_PERCENT)])
