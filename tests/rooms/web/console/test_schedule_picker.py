"""The schedule picker understands people and knows when the clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.newsletters.recurrence import Recurrence
from service.web.console import schedule_picker
from service.web.console.schedule_picker import RegularInterval, ScheduleChoice, ScheduleInputError

PARIS = ZoneInfo("Europe/Paris")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("07:00", time(7)),
        ("7:05", time(7, 5)),
        ("7h", time(7)),
        ("18 h 30", time(18, 30)),
        ("18h30", time(18, 30)),
        ("07:00:00", time(7)),
        ("24:00", None),
        ("7:60", None),
        ("sept heures", None),
        ("", None),
    ],
)
def test_times_are_read_as_people_write_them(text: str, at: time | None) -> None:
    assert schedule_picker.parse_time(text) == at


def test_times_and_a_span_are_put_together() -> None:
    table = schedule_picker.parse_schedule(
        ["5", "1", "1", "9", "x"],
        ["07:00", "", "12:30"],
        minutes="30",
        start="07:00",
        end="08:00",
    )

    assert table == ScheduleChoice(days=(1, 5), times=(time(7), time(7, 30), time(8), time(12, 30)))


@pytest.mark.parametrize(
    ("times", "minutes", "start", "end", "field"),
    [
        (["demain"], "", "", "", "times"),
        ([], "dix", "", "", "span"),
        ([], "0", "", "", "span"),
        ([], "-5", "", "", "span"),
        ([], "10", "18:00", "07:00", "span"),
        ([], "10", "tôt", "", "span"),
        ([], "٣٠", "", "", "span"),
    ],
)
def test_what_cannot_be_read_names_its_field(
    times: list[str], minutes: str, start: str, end: str, field: str
) -> None:
    with pytest.raises(ScheduleInputError) as raised:
        schedule_picker.parse_schedule(["1"], times, minutes=minutes, start=start, end=end)

    assert raised.value.field == field


@given(st.text(), st.lists(st.text(), max_size=5), st.text(), st.text(), st.text())
def test_whatever_is_typed_is_read_or_refused(
    day: str, times: list[str], minutes: str, start: str, end: str
) -> None:
    field, count = None, 0
    try:
        count = len(
            schedule_picker.parse_schedule(
                [day], times, minutes=minutes, start=start, end=end
            ).times
        )
    except ScheduleInputError as unreadable:
        field = unreadable.field

    assert field in {None, "times", "span"}
    assert count <= 24 * 60


def test_a_newsletter_of_every_few_minutes_can_be_edited_and_uneven_times_are_limited() -> None:
    table = schedule_picker.parse_schedule(["1"], [], minutes="3", start="", end="")
    uneven = [f"{at:%H:%M}" for at in table.times[1:] if at != time(12)]

    assert len(table.times) == 480
    with pytest.raises(ScheduleInputError):
        schedule_picker.parse_schedule(["1"], uneven, minutes="", start="", end="")


@given(st.integers(5, 300), st.times(), st.times())
def test_evenly_spaced_times_are_shown_as_the_span_that_makes_them(
    minutes: int, one: time, other: time
) -> None:
    start, end = sorted([time(one.hour, one.minute), time(other.hour, other.minute)])
    table = schedule_picker.parse_schedule(
        ["1"], [], minutes=str(minutes), start=f"{start:%H:%M}", end=f"{end:%H:%M}"
    )

    span = schedule_picker.as_interval(table.times)

    if span is None:
        assert len(table.times) < 4
    else:
        again = schedule_picker.parse_schedule(
            ["1"],
            [],
            minutes=str(span.minutes),
            start=f"{span.start:%H:%M}",
            end=f"{span.end:%H:%M}",
        )
        assert again == table


def test_three_times_stay_three_times() -> None:
    assert schedule_picker.as_interval([time(7), time(12), time(17)]) is None
    assert schedule_picker.as_interval([time(7), time(8), time(9), time(10)]) == RegularInterval(
        minutes=60, start=time(7), end=time(10)
    )


def test_a_time_that_the_spring_clock_skips_is_told_to_be_moved() -> None:
    table = Recurrence(days=EVERY_DAY, times=(time(2, 30),))
    before = datetime(2027, 3, 27, 12, tzinfo=UTC)

    moved, usual = schedule_picker.next_runs(table, PARIS, after=before, count=2)

    assert moved.is_moved
    assert moved.wall.time() == time(3, 30)
    assert moved.offset == "UTC+2"
    assert not usual.is_moved


def test_a_time_that_the_autumn_clock_repeats_runs_once() -> None:
    table = Recurrence(days=EVERY_DAY, times=(time(2, 30),))
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)

    first, second = schedule_picker.next_runs(table, PARIS, after=before, count=2)

    assert first.offset == "UTC+2"
    assert second.offset == "UTC+1"
    assert (second.slot.local_date - first.slot.local_date).days == 1


def test_zones_with_odd_offsets_are_told_in_hours_and_minutes() -> None:
    table = Recurrence(days=EVERY_DAY, times=(time(7),))
    after = datetime(2026, 11, 23, tzinfo=UTC)

    offsets = [
        schedule_picker.next_runs(table, ZoneInfo(zone), after=after, count=1)[0].offset
        for zone in ("Africa/Abidjan", "Asia/Kathmandu", "America/St_Johns")
    ]

    assert offsets == ["GMT", "UTC+5:45", "UTC−3:30"]


def test_days_of_the_month_are_chosen_from_the_list_and_sorted() -> None:
    table = schedule_picker.parse_schedule(
        (),
        ("07:00",),
        minutes="",
        start="",
        end="",
        month_days=("-1FR", "", "15", "15"),
        fortnight_from=" 2026-01-05 ",
    )

    assert (table.month_days, table.fortnight_from) == (("15", "-1FR"), date(2026, 1, 5))


@pytest.mark.parametrize(
    ("field", "value"), [("month_days", ("32",)), ("fortnight_from", "tomorrow")]
)
def test_a_day_that_is_none_is_refused_at_its_field(field: str, value: object) -> None:
    with pytest.raises(ScheduleInputError) as refused:
        schedule_picker.parse_schedule((), (), minutes="", start="", end="", **{field: value})  # type: ignore[arg-type]

    assert refused.value.field == field
