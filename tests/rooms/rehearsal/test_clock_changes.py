"""Days of 23, 25 and 23½ hours, and slots at times that do not exist or exist twice."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.newsletters.schedule import slot_at
from service.rehearsal.clock_changes import change_at, change_between, hours_of_day, utc_offset

HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)


@pytest.mark.parametrize(
    ("zone", "day", "at", "forward", "moved"),
    [
        ("Europe/Paris", date(2026, 3, 29), time(2, 30), HOUR, time(3, 30)),
        ("Europe/Paris", date(2026, 10, 25), time(2, 30), -HOUR, None),
        ("America/New_York", date(2026, 3, 8), time(2, 15), HOUR, time(3, 15)),
        ("America/New_York", date(2026, 11, 1), time(1, 15), -HOUR, None),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), HALF, time(2, 45)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), -HALF, None),
    ],
)
def test_a_slot_on_the_day_of_a_change_is_moved_or_falls_twice(
    zone: str, day: date, at: time, forward: timedelta, moved: time | None
) -> None:
    change = change_at(slot_at(day, at, ZoneInfo(zone)), ZoneInfo(zone))

    assert change is not None
    assert change.forward == forward
    assert (change.moved_to and change.moved_to.time()) == moved


@pytest.mark.parametrize("at", [time(1, 59), time(3), time(7)])
def test_other_slots_of_that_day_are_what_they_are(at: time) -> None:
    paris = ZoneInfo("Europe/Paris")

    assert change_at(slot_at(date(2026, 3, 29), at, paris), paris) is None


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        ("Europe/Paris", datetime(2026, 3, 30, 12, tzinfo=UTC), 24),
        ("Europe/Paris", datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, tzinfo=UTC), 23.5),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 2, tzinfo=UTC), 24.5),
        ("Africa/Abidjan", datetime(2026, 3, 29, 12, tzinfo=UTC), 24),
    ],
)
def test_a_day_has_as_many_hours_as_its_clocks_say(zone: str, day: datetime, hours: float) -> None:
    assert hours_of_day(day, ZoneInfo(zone)) == hours


def test_between_two_instants_the_clocks_have_changed_or_not() -> None:
    paris = ZoneInfo("Europe/Paris")
    saturday, sunday = datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 3, 29, 9, tzinfo=UTC)

    change = change_between(saturday, sunday, paris)

    assert change is not None
    assert change.forward == HOUR
    assert change_between(saturday - HOUR, saturday, paris) is None
    assert (utc_offset(saturday, paris), utc_offset(sunday, paris)) == (HOUR, 2 * HOUR)
