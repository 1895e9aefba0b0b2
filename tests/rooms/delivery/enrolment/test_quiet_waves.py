"""Waves that were planned in quiet hours begin at their end."""

from datetime import UTC, datetime, time

from service.delivery.enrolment.quiet_waves import WaveSchedule, after_quiet_hours
from service.newsletters.quiet_hours import QuietHours

NIGHT = QuietHours(start=time(22), end=time(6))


def test_readers_wait_for_the_end_of_their_own_night() -> None:
    """05:00 in Abidjan is quiet there and in Dakar, and not in Nairobi."""
    five = datetime(2023, 2, 8, 5, tzinfo=UTC)

    found = after_quiet_hours(
        {"America/Lima": 300},
        quiet=NIGHT,
        start=five,
        home="Africa/Abidjan",
        zones=["Africa/Nairobi", "America/Lima", "Africa/Dakar", "Atlantis/Capital"],
    )

    # In Lima the wave is planned at 05:00, too.
    assert found == WaveSchedule(home=60, by_zone={"Africa/Nairobi": 0, "America/Lima": 360})


def test_outside_quiet_hours_nothing_moves() -> None:
    noon = datetime(2023, 2, 8, 12, tzinfo=UTC)

    found = after_quiet_hours(
        {"America/Lima": 300},
        quiet=NIGHT,
        start=noon,
        home="Africa/Abidjan",
        zones=["America/Lima"],
    )

    assert found == WaveSchedule(home=0, by_zone={"America/Lima": 300})


def test_a_wave_never_begins_within_the_last_minute() -> None:
    """Offsets are whole minutes, and are rounded up."""
    almost_six = datetime(2023, 2, 8, 5, 58, 30, tzinfo=UTC)

    found = after_quiet_hours({}, quiet=NIGHT, start=almost_six, home="Africa/Abidjan")

    assert found.home == 2
