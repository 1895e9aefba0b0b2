"""When slots fall, also when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.newsletters.schedule import Slot, latest_due_slot, slot_at, times_every, upcoming_slots

PARIS = ZoneInfo("Europe/Paris")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def test_the_next_slots_are_local_times_on_chosen_days() -> None:
    abidjan = ZoneInfo("Africa/Abidjan")
    wednesday = datetime(2023, 2, 8, 7, 0, tzinfo=UTC)

    slots = upcoming_slots((1, 3), (time(7), time(18)), abidjan, after=wednesday, count=3)

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

    slots = upcoming_slots(EVERY_DAY, (time(2, 30),), PARIS, after=night, count=2)

    assert [slot.instant for slot in slots] == [
        datetime(2023, 10, 29, 0, 30, tzinfo=UTC),
        datetime(2023, 10, 30, 1, 30, tzinfo=UTC),
    ]


def test_after_an_absence_only_the_latest_slot_is_due() -> None:
    back = datetime(2023, 2, 12, 12, 0, tzinfo=UTC)

    slot = latest_due_slot(
        EVERY_DAY, (time(7),), PARIS, after=datetime(2023, 2, 8, tzinfo=UTC), until=back
    )

    assert slot == Slot(
        local_date=date(2023, 2, 12),
        local_time=time(7),
        instant=datetime(2023, 2, 12, 6, tzinfo=UTC),
    )


def test_a_slot_before_the_schedule_began_is_not_due() -> None:
    noon = datetime(2023, 2, 8, 12, tzinfo=UTC)

    assert latest_due_slot(EVERY_DAY, (time(7),), PARIS, after=noon, until=noon) is None


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
    slots = upcoming_slots(days, at, ZoneInfo(zone), after=after, count=4)

    instants = [slot.instant for slot in slots]
    assert len(slots) == 4
    assert instants == sorted(instants)
    assert all(instant > after for instant in instants)
    for slot in slots:
        due = latest_due_slot(
            days,
            at,
            ZoneInfo(zone),
            after=slot.instant - timedelta(seconds=1),
            until=slot.instant,
        )
        assert due is not None
        assert due.instant == slot.instant


def test_a_schedule_without_days_or_times_has_no_slots() -> None:
    noon, morning = datetime(2023, 2, 8, 12, tzinfo=UTC), (time(7),)

    assert upcoming_slots((), morning, PARIS, after=noon, count=3) == []
    assert upcoming_slots(EVERY_DAY, (), PARIS, after=noon, count=3) == []
    assert upcoming_slots(EVERY_DAY, morning, PARIS, after=noon, count=0) == []
    assert len(upcoming_slots(EVERY_DAY, morning, PARIS, after=noon, count=1)) == 1
    week = {"after": noon, "until": noon + timedelta(days=7)}
    assert latest_due_slot((), morning, PARIS, **week) is None
    assert latest_due_slot(EVERY_DAY, (), PARIS, **week) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_of_a_slot_is_that_of_the_newsletters_zone(zone: str) -> None:
    at = datetime(2023, 2, 8, 12, tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone))
    minute = local.time().replace(second=0)
    weekday = (local.isoweekday(),)

    due = latest_due_slot(
        weekday, (minute,), ZoneInfo(zone), after=at - timedelta(minutes=1), until=at
    )
    (after,) = upcoming_slots(
        weekday, (minute,), ZoneInfo(zone), after=at - timedelta(minutes=1), count=1
    )

    assert due == after
    assert (after.local_date, after.instant) == (local.date(), at)
    assert after.instant.tzinfo is UTC


def test_a_slot_is_due_after_the_last_one_and_up_to_now_and_the_latest_runs() -> None:
    six, seven = (datetime(2023, 2, 8, hour, tzinfo=UTC) for hour in (6, 7))
    utc = ZoneInfo("UTC")
    times = (time(6), time(7))

    both = latest_due_slot(EVERY_DAY, times, utc, after=six - timedelta(hours=1), until=seven)
    none = latest_due_slot(EVERY_DAY, times, utc, after=six, until=seven - timedelta(seconds=1))
    again = latest_due_slot(EVERY_DAY, times, utc, after=seven, until=seven + timedelta(hours=1))

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
