"""When an edition goes so wrong that it is stopped."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.thresholds import ENOUGH, Course, Thresholds, reason_to_pause

GOOD = Course(accepted=1_000)


@pytest.mark.parametrize(
    ("course", "word"),
    [
        (replace(GOOD, refused=120, by_policy=120), "policy"),
        (replace(GOOD, refused=60, hard_bounces=60), "do not exist"),
        (replace(GOOD, hard_bounces=60), "do not exist"),
        (replace(GOOD, accepted=3_000, complaints=3), "complained"),
    ],
)
def test_each_threshold_has_its_reason(course: Course, word: str) -> None:
    reason = reason_to_pause(course, Thresholds())

    assert reason is not None
    assert word in reason


@pytest.mark.parametrize(
    "course",
    [
        GOOD,
        replace(GOOD, refused=40, by_policy=40, hard_bounces=40),
        # Few mails say little, and one complaint is one person.
        Course(accepted=100, refused=90, by_policy=90),
        replace(GOOD, complaints=2),
    ],
)
def test_a_usual_course_goes_on(course: Course) -> None:
    assert reason_to_pause(course, Thresholds()) is None


def test_zero_means_never() -> None:
    worst = Course(accepted=0, refused=500, by_policy=500, hard_bounces=500, complaints=500)

    assert reason_to_pause(worst, Thresholds(hard_bounces=0, complaints=0, policy=0)) is None


@pytest.mark.parametrize("own_pauses", range(4))
def test_after_each_pause_five_times_as_many_mails_must_have_an_answer(own_pauses: int) -> None:
    needed = ENOUGH * 5**own_pauses
    few = Course(refused=needed - 1, by_policy=needed - 1, own_pauses=own_pauses)
    enough = Course(refused=needed, by_policy=needed, own_pauses=own_pauses)

    assert reason_to_pause(few, Thresholds()) is None
    assert reason_to_pause(enough, Thresholds()) is not None


@given(st.integers(0, ENOUGH - 1), st.integers(0, 10**6))
def test_nothing_is_concluded_from_too_few_mails(total: int, bad: int) -> None:
    few = Course(accepted=total, hard_bounces=bad, complaints=bad, by_policy=bad)

    assert reason_to_pause(few, Thresholds()) is None
