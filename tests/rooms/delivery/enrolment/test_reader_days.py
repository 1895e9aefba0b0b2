"""The local day on which readers are sent an alert."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.enrolment.quiet_waves import WaveSchedule
from service.delivery.enrolment.reader_days import LocalDay, local_day, reader_days

SIX = datetime(2023, 2, 8, 6, tzinfo=UTC)
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"]


def test_a_day_goes_from_midnight_to_midnight_of_its_zone() -> None:
    assert local_day(SIX, ZoneInfo("America/New_York")) == LocalDay(
        start=datetime(2023, 2, 8, 5, tzinfo=UTC), end=datetime(2023, 2, 9, 5, tzinfo=UTC)
    )


def test_the_day_of_a_clock_change_is_an_hour_shorter() -> None:
    day = local_day(datetime(2023, 3, 26, 12, tzinfo=UTC), ZoneInfo("Europe/Paris"))

    assert (day.end - day.start).total_seconds() == 23 * 3600


def test_who_waits_until_tomorrow_is_counted_tomorrow() -> None:
    """Also readers whose zone this machine does not know: they have the newsletter's."""
    days = reader_days(
        WaveSchedule(home=60, by_zone={"America/New_York": 24 * 60}),
        start=SIX,
        home="UTC",
        zones=["America/New_York", "Asia/Dhaka", "Mars/Olympus"],
    )

    assert days.home.start == datetime(2023, 2, 8, tzinfo=UTC)
    assert set(days.by_zone) == {"America/New_York", "Asia/Dhaka"}
    assert days.by_zone["America/New_York"].start == datetime(2023, 2, 9, 5, tzinfo=UTC)
    assert days.by_zone["Asia/Dhaka"].start == datetime(2023, 2, 7, 18, tzinfo=UTC)


@given(minutes=st.integers(min_value=0, max_value=14 * 366 * 24 * 60), name=st.sampled_from(ZONES))
def test_every_instant_is_in_its_day_and_the_next_day_begins_at_its_end(
    minutes: int, name: str
) -> None:
    instant = SIX + timedelta(minutes=minutes)
    day = local_day(instant, ZoneInfo(name))

    assert day.start <= instant < day.end
    assert local_day(day.end, ZoneInfo(name)).start == day.end
