"""The slots of the coming days, and those that a holiday leaves out."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.newsletters.frequency import Frequency, SeriesSchedule
from service.newsletters.holidays import NO_HOLIDAYS, Holiday, Holidays
from service.newsletters.recurrence import Recurrence
from service.rehearsal.coming_slots import coming_slots

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)  # 07:00 in Paris.
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def a_series(**recurrence: object) -> SeriesSchedule:
    given = {"days": EVERY_DAY, "times": (time(7),), **recurrence}
    return SeriesSchedule(frequency=Frequency.EACH, recurrence=Recurrence(**given))  # type: ignore[arg-type]


def test_a_slot_of_now_has_passed_and_the_last_instant_is_included() -> None:
    """A week has seven slots of every day, not eight."""
    found = coming_slots(
        a_series(), PARIS, after=MONDAY, until=MONDAY + timedelta(days=7), but=NO_HOLIDAYS
    )

    assert [each.slot.local_date.day for each in found] == [1, 2, 3, 4, 5, 6, 7]


def test_a_slot_on_a_holiday_is_there_with_its_label() -> None:
    """An operator who sees no edition wants to know whether that is meant."""
    advent = Holiday(first_on=date(2026, 12, 2), last_on=date(2026, 12, 3), label="Pause")

    found = coming_slots(
        a_series(),
        PARIS,
        after=MONDAY,
        until=MONDAY + timedelta(days=4),
        but=Holidays((advent,)),
    )

    assert [each.holiday for each in found] == [None, advent, advent, None]


def test_all_slots_of_a_busy_month_are_found_and_a_rare_one_is_not_searched_for_years() -> None:
    until = MONDAY + timedelta(days=31)
    hours = a_series(times=tuple(time(hour) for hour in range(24)))
    monthly = a_series(days=(), month_days=("31",))

    found = [
        len(coming_slots(each, PARIS, after=MONDAY, until=until, but=NO_HOLIDAYS))
        for each in (hours, monthly, a_series(times=()))
    ]

    assert found == [31 * 24, 1, 0]
