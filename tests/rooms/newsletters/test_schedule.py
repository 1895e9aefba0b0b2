"""When slots fall, also when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
