"""On which days an edition comes out."""

from datetime import date, time, timedelta

import pytest

from service.newsletters.recurrence import (
    MONTH_DAYS,
    Recurrence,
    is_month_day,
    sort_month_days,
    split_month_day,
)


def days_of(recurrence: Recurrence, *, year: int, month: int) -> list[int]:
    start = date(year, month, 1)
    days = (start + timedelta(days=number) for number in range(31))
    return [day.day for day in days if day.month == month and recurrence.falls_on(day)]


@pytest.mark.parametrize(
    ("text", "month", "days"),
    [
        ("15", 2, [15]),
        ("31", 1, [31]),
        ("31", 4, []),
        ("29", 2, [29]),
        ("-1", 2, [29]),
        ("-1", 12, [31]),
        ("1MO", 1, [1]),
        ("1MO", 2, [5]),
        ("4TH", 2, [22]),
        ("-1FR", 5, [31]),
        ("-1SU", 3, [31]),
    ],
)
def test_days_of_the_month_are_those_of_rfc_5545(text: str, month: int, days: list[int]) -> None:
    """A 31st of April is skipped and not moved: the last day is what people want then."""
    assert days_of(Recurrence(month_days=(text,)), year=2024, month=month) == days


def test_days_of_the_month_are_added_to_weekdays_once() -> None:
    """A Monday that is the 15th has one edition."""
    both = Recurrence(days=(1,), month_days=("15", "16"))

    assert days_of(both, year=2024, month=1) == [1, 8, 15, 16, 22, 29]


def test_every_two_weeks_counts_weeks_from_monday_to_sunday() -> None:
    """The date may be any day of its week, and lie in the future."""
    recurrence = Recurrence(days=(1, 7), fortnight_from=date(2024, 1, 18), month_days=("9",))

    assert days_of(recurrence, year=2024, month=1) == [1, 7, 9, 15, 21, 29]


def test_a_recurrence_without_days_or_times_is_empty() -> None:
    assert Recurrence(days=(1,)).is_empty
    assert Recurrence(times=(time(7),)).is_empty
    assert not Recurrence(month_days=("-1",), times=(time(7),)).is_empty


def test_the_last_day_of_the_calendar_is_a_day_as_any_other() -> None:
    assert Recurrence(month_days=("-1",)).falls_on(date.max)


@pytest.mark.parametrize("text", ["0", "32", "-2", "5MO", "1mo", "MO", "", "1 MO", "١"])
def test_what_the_list_does_not_have_is_no_day_of_the_month(text: str) -> None:
    assert not is_month_day(text)


def test_days_of_the_month_are_sorted_as_operators_look_for_them() -> None:
    assert sort_month_days(["-1FR", "15", "-1", "1MO", "15", "2"]) == (
        "2",
        "15",
        "-1",
        "1MO",
        "-1FR",
    )


def test_every_day_of_the_month_can_be_split() -> None:
    assert {split_month_day(each)[1] for each in MONTH_DAYS} == {None, 1, 2, 3, 4, 5, 6, 7}
    assert split_month_day("-1FR") == (-1, 5)
    assert split_month_day("31") == (31, None)
