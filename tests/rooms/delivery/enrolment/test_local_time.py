"""Readers elsewhere wait until their clock shows the slot's time."""

from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.enrolment.local_time import local_time_offsets

SEVEN = time(7)
WINTER, SUMMER = date(2026, 1, 15), date(2026, 7, 15)


def test_west_waits_and_east_does_not() -> None:
    zones = ["America/New_York", "Asia/Tokyo", "Africa/Abidjan", "Atlantic/Azores"]

    waits = local_time_offsets(WINTER, SEVEN, home="Africa/Abidjan", zones=zones)

    assert waits == {"America/New_York": 5 * 60, "Atlantic/Azores": 60}


def test_summer_time_counts_on_the_day_of_the_slot() -> None:
    zones = ["America/New_York"]

    summer = local_time_offsets(SUMMER, SEVEN, home="Africa/Abidjan", zones=zones)

    assert summer == {"America/New_York": 4 * 60}


def test_a_zone_that_nobody_knows_waits_for_nothing() -> None:
    zones = ["Mars/Olympus", "", "../etc/passwd", "a\x00b"]

    assert local_time_offsets(WINTER, SEVEN, home="Europe/Paris", zones=zones) == {}


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.times(),
    st.sampled_from(["Africa/Abidjan", "Europe/Paris", "Pacific/Auckland", "America/Caracas"]),
    st.sampled_from(["Asia/Kathmandu", "Pacific/Marquesas", "Europe/London", "Pacific/Kiritimati"]),
)
def test_nobody_waits_longer_than_a_day_and_a_bit(
    day: date, at: time, home: str, zone: str
) -> None:
    waits = local_time_offsets(day, at, home=home, zones=[zone])

    assert all(0 < minutes <= 27 * 60 for minutes in waits.values())


def test_an_unknown_zone_and_one_to_the_east_end_nothing_for_the_others() -> None:
    zones = ["Mars/Olympus", "Asia/Tokyo", "America/New_York"]

    waits = local_time_offsets(WINTER, SEVEN, home="Europe/Paris", zones=zones)

    assert waits == {"America/New_York": 6 * 60}


def test_a_zone_that_was_a_minute_behind_waits_for_it() -> None:
    # Until 1911 Paris kept its own time, 9 minutes and 21 seconds before Greenwich.
    waits = local_time_offsets(
        date(1905, 1, 15), SEVEN, home="Europe/Paris", zones=["Africa/Algiers", "Europe/London"]
    )

    assert waits == {"Europe/London": 9}
