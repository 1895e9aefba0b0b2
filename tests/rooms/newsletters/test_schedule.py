"""When slots fall, also when the clocks change."""

from calendar import monthrange
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.newsletters.holidays import Holiday, Holidays
from service.newsletters.recurrence import Recurrence
from service.newsletters.schedule import Slot, latest_due_slot, slot_at, times_every, upcoming_slots

PARIS = ZoneInfo("Europe/Paris")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
ZONES = (
    "Africa/Abidjan",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/London",
    "Europe/Paris",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
"""Zones that jump by half an hour or by two, at midnight, or over a whole day."""


def on(days: Collection[int], *times: time) -> Recurrence:
    return Recurrence(days=tuple(days), times=times)


def test_the_next_slots_are_local_times_on_chosen_days() -> None:
    abidjan = ZoneInfo("Africa/Abidjan")
    wednesday = datetime(2023, 2, 8, 7, 0, tzinfo=UTC)

    slots = upcoming_slots(on((1, 3), time(7), time(18)), abidjan, after=wednesday, count=3)

    assert [(slot.local_date.day, slot.local_time) for slot in slots] == [
        (8, time(18)),
        (13, time(7)),
        (13, time(18)),
    ]


def test_a_slot_is_written_in_its_own_time_as_an_operator_types_it() -> None:
    assert str(slot_at(date(2023, 7, 4), time(7, 5), PARIS)) == "2023-07-04 07:05"


def test_a_time_that_does_not_exist_runs_as_much_later_as_the_clock_jumped() -> None:
    slot = slot_at(date(2023, 3, 26), time(2, 30), PARIS)

    assert slot.instant.astimezone(PARIS).time() == time(3, 30)


def test_a_time_that_exists_twice_runs_once_the_first_time() -> None:
    night = datetime(2023, 10, 28, 20, tzinfo=UTC)

    slots = upcoming_slots(on(EVERY_DAY, time(2, 30)), PARIS, after=night, count=2)

    assert [slot.instant for slot in slots] == [
        datetime(2023, 10, 29, 0, 30, tzinfo=UTC),
        datetime(2023, 10, 30, 1, 30, tzinfo=UTC),
    ]


def test_after_an_absence_only_the_latest_slot_is_due() -> None:
    back = datetime(2023, 2, 12, 12, 0, tzinfo=UTC)

    slot = latest_due_slot(
        on(EVERY_DAY, time(7)), PARIS, after=datetime(2023, 2, 8, tzinfo=UTC), until=back
    )

    assert slot == Slot(
        local_date=date(2023, 2, 12),
        local_time=time(7),
        instant=datetime(2023, 2, 12, 6, tzinfo=UTC),
    )


def test_a_slot_before_the_schedule_began_is_not_due() -> None:
    noon = datetime(2023, 2, 8, 12, tzinfo=UTC)

    assert latest_due_slot(on(EVERY_DAY, time(7)), PARIS, after=noon, until=noon) is None


def test_every_so_many_minutes_is_a_list_of_times() -> None:
    assert times_every(25, start=time(8), end=time(9)) == [time(8), time(8, 25), time(8, 50)]


zones = st.sampled_from(
    ["Africa/Abidjan", "Europe/Paris", "America/New_York", "Australia/Lord_Howe"]
)
times = st.lists(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=5
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    zone=zones,
    at=times,
    days=st.sets(st.integers(1, 7), min_size=1),
    after=instants,
)
def test_each_coming_slot_is_due_exactly_when_it_comes(
    zone: str, at: list[time], days: set[int], after: datetime
) -> None:
    slots = upcoming_slots(on(days, *at), ZoneInfo(zone), after=after, count=4)

    instants = [slot.instant for slot in slots]
    assert len(slots) == 4
    assert instants == sorted(instants)
    assert all(instant > after for instant in instants)
    for slot in slots:
        due = latest_due_slot(
            on(days, *at),
            ZoneInfo(zone),
            after=slot.instant - timedelta(seconds=1),
            until=slot.instant,
        )
        assert due is not None
        assert due.instant == slot.instant


def test_a_schedule_without_days_or_times_has_no_slots() -> None:
    noon, morning = datetime(2023, 2, 8, 12, tzinfo=UTC), (time(7),)

    assert upcoming_slots(on((), *morning), PARIS, after=noon, count=3) == []
    assert upcoming_slots(on(EVERY_DAY), PARIS, after=noon, count=3) == []
    assert upcoming_slots(on(EVERY_DAY, *morning), PARIS, after=noon, count=0) == []
    assert len(upcoming_slots(on(EVERY_DAY, *morning), PARIS, after=noon, count=1)) == 1
    week = noon + timedelta(days=7)
    assert latest_due_slot(on((), *morning), PARIS, after=noon, until=week) is None
    assert latest_due_slot(on(EVERY_DAY), PARIS, after=noon, until=week) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_of_a_slot_is_that_of_the_newsletters_zone(zone: str) -> None:
    at = datetime(2023, 2, 8, 12, tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone))
    minute = local.time().replace(second=0)
    weekday = (local.isoweekday(),)

    due = latest_due_slot(
        on(weekday, minute), ZoneInfo(zone), after=at - timedelta(minutes=1), until=at
    )
    (after,) = upcoming_slots(
        on(weekday, minute), ZoneInfo(zone), after=at - timedelta(minutes=1), count=1
    )

    assert due == after
    assert (after.local_date, after.instant) == (local.date(), at)
    assert after.instant.tzinfo is UTC


def test_a_slot_is_due_after_the_last_one_and_up_to_now_and_the_latest_runs() -> None:
    six, seven = (datetime(2023, 2, 8, hour, tzinfo=UTC) for hour in (6, 7))
    utc = ZoneInfo("UTC")
    both_times = on(EVERY_DAY, time(6), time(7))

    both = latest_due_slot(both_times, utc, after=six - timedelta(hours=1), until=seven)
    none = latest_due_slot(both_times, utc, after=six, until=seven - timedelta(seconds=1))
    again = latest_due_slot(both_times, utc, after=seven, until=seven + timedelta(hours=1))

    assert both is not None
    assert both.instant == seven
    assert (none, again) == (None, None)


def test_times_begin_at_the_first_and_end_at_the_last_minute() -> None:
    assert times_every(45, start=time(6, 45), end=time(8, 15)) == [
        time(6, 45),
        time(7, 30),
        time(8, 15),
    ]
    assert times_every(45, start=time(6, 45), end=time(8, 14))[-1] == time(7, 30)
    assert len(times_every(1)) == 24 * 60
    with pytest.raises(ValueError, match="at least one minute"):
        times_every(0)


def test_a_slot_of_the_month_is_found_after_weeks() -> None:
    """A monthly newsletter whose machine was down on its day is late, and not forgotten."""
    monthly = Recurrence(month_days=("1",), times=(time(7),))
    began, back = datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 2, 25, tzinfo=UTC)

    due = latest_due_slot(monthly, PARIS, after=began, until=back)

    assert due is not None
    assert due.local_date == date(2023, 2, 1)


def test_there_are_no_slots_on_holidays() -> None:
    """Neither coming ones nor missed ones: the first and the last day are holidays, too."""
    summer = Holidays((Holiday(first_on=date(2023, 7, 14), last_on=date(2023, 8, 15)),))
    daily = on(EVERY_DAY, time(7))
    before, after = datetime(2023, 7, 12, 12, tzinfo=UTC), datetime(2023, 8, 15, 12, tzinfo=UTC)

    coming = upcoming_slots(daily, PARIS, after=before, count=2, but=summer)
    missed = latest_due_slot(daily, PARIS, after=before, until=after, but=summer)

    assert [slot.local_date for slot in coming] == [date(2023, 7, 13), date(2023, 8, 16)]
    assert missed is not None
    assert missed.local_date == date(2023, 7, 13)


def test_a_schedule_without_a_day_left_ends_the_search() -> None:
    """A pause without an end must not keep the scheduler busy for ever."""
    for_ever = Holidays((Holiday(first_on=date.min, last_on=date.max),))
    noon = datetime(2023, 2, 8, 12, tzinfo=UTC)

    assert upcoming_slots(on(EVERY_DAY, time(7)), PARIS, after=noon, count=1, but=for_ever) == []


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    month_days = draw(
        st.sets(
            st.sampled_from(["1", "15", "29", "31", "-1", "1MO", "2SU", "4TH", "-1FR", "-1SU"]),
            max_size=3,
        )
    )
    return Recurrence(
        days=tuple(draw(st.sets(st.integers(1, 7), min_size=0 if month_days else 1))),
        month_days=tuple(month_days),
        times=tuple(draw(times)),
        fortnight_from=draw(st.none() | st.just(date(2024, 5, 15))),
    )


@given(recurrence=recurrences(), zone=st.sampled_from(ZONES), after=instants)
def test_slots_are_those_of_a_naive_enumeration(
    recurrence: Recurrence, zone: str, after: datetime
) -> None:
    """Each date is asked by itself, with the calendar's own arithmetic, over clock changes."""
    expected = sorted(
        slot.instant
        for day in _dates(after, days=330)
        if _naively_falls_on(recurrence, day)
        for at in set(recurrence.times)
        if (slot := slot_at(day, at, ZoneInfo(zone))).instant > after
    )[:5]
    until = after + timedelta(days=60)
    missed = [instant for instant in expected if instant <= until]

    found = upcoming_slots(recurrence, ZoneInfo(zone), after=after, count=5)
    last = missed[-1] if missed else after
    due = latest_due_slot(recurrence, ZoneInfo(zone), after=after, until=last)

    assert [slot.instant for slot in found] == expected
    assert (due.instant if due else after) == last


def _dates(after: datetime, *, days: int) -> Iterator[date]:
    start = after.date() - timedelta(days=2)
    return (start + timedelta(days=number) for number in range(days))


def _naively_falls_on(recurrence: Recurrence, day: date) -> bool:
    month = [day.replace(day=n + 1) for n in range(monthrange(day.year, day.month)[1])]
    for text in recurrence.month_days:
        weekday = "MO TU WE TH FR SA SU".find(text[-2:]) // 3 if text[-2:].isalpha() else None
        same = [each for each in month if weekday is None or each.weekday() == weekday]
        number = int(text[:-2] if weekday is not None else text)
        place = number if number < 0 else number - 1
        if place < len(same) and same[place] == day:
            return True
    if recurrence.fortnight_from is not None:
        # Its own week, day by day, and each of these days every fourteen days.
        monday = recurrence.fortnight_from - timedelta(days=recurrence.fortnight_from.weekday())
        week = [monday + timedelta(days=number) for number in range(7)]
        if all((day - each).days % 14 for each in week):
            return False
    return day.isoweekday() in recurrence.days
