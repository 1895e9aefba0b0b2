"""When quiet hours begin and end, also over midnight and when the clocks change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.newsletters.quiet_hours import QuietHours, quiet_hours

PARIS = ZoneInfo("Europe/Paris")
NIGHT = QuietHours(start=time(22), end=time(6))


@pytest.mark.parametrize(
    ("local", "end"),
    [
        ("2023-02-08 21:59", None),
        ("2023-02-08 22:00", datetime(2023, 2, 9, 5, tzinfo=UTC)),
        ("2023-02-09 05:59", datetime(2023, 2, 9, 5, tzinfo=UTC)),
        ("2023-02-09 06:00", None),
        # The clocks go forward at 2 and back at 3.
        ("2023-03-25 23:00", datetime(2023, 3, 26, 4, tzinfo=UTC)),
        ("2023-10-28 23:00", datetime(2023, 10, 29, 5, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_on_the_clock_of_their_zone(local: str, end: datetime | None) -> None:
    """The first minute is quiet, and the last one named is not."""
    instant = datetime.fromisoformat(local).replace(tzinfo=PARIS).astimezone(UTC)

    assert NIGHT.end_after(instant, PARIS) == end


def test_quiet_hours_of_one_day_do_not_reach_the_next() -> None:
    noon = QuietHours(start=time(12), end=time(14))

    assert noon.end_after(datetime(2023, 2, 8, 11, 30, tzinfo=UTC), PARIS) == datetime(
        2023, 2, 8, 13, tzinfo=UTC
    )
    assert noon.end_after(datetime(2023, 2, 8, 13, tzinfo=UTC), PARIS) is None


def test_without_both_times_there_are_no_quiet_hours() -> None:
    assert quiet_hours(None, None) is None
    assert quiet_hours(time(22), time(6)) == NIGHT


@given(
    zone=st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Africa/Abidjan", "Asia/Beirut"]),
    start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    at=st.integers(1_577_836_800, 1_893_456_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
)
def test_what_waits_for_the_end_waits_once(zone: str, start: time, end: time, at: datetime) -> None:
    """At their end they are over, and it is less than a day and an hour away."""
    if start == end:
        return
    until = QuietHours(start=start, end=end).end_after(at, ZoneInfo(zone))

    if until is not None:
        assert 0 < (until - at).total_seconds() < 25 * 3600
        assert QuietHours(start=start, end=end).end_after(until, ZoneInfo(zone)) is None
