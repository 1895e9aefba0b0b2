"""Dates without slots."""

from datetime import date

from service.newsletters.holidays import NO_HOLIDAYS, Holiday, Holidays


def test_a_holiday_has_its_first_and_its_last_day() -> None:
    """Who writes “24 to 26 December” means three days."""
    christmas = Holiday(first_on=date(2023, 12, 24), last_on=date(2023, 12, 26))
    holidays = Holidays((christmas, Holiday(first_on=date(2024, 1, 1), last_on=date(2024, 1, 1))))

    days = [date(2023, 12, day) for day in range(23, 28)]
    assert [day in holidays for day in days] == [False, True, True, True, False]
    assert date(2024, 1, 1) in holidays
    assert date(2023, 12, 25) not in NO_HOLIDAYS
