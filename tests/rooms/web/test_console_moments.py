"""Instants in the console's words."""

from datetime import UTC, date, datetime

import pytest

from service.web.console.moments import Teller

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "full", "short"),
    [
        ("fr", "mardi 1er décembre", "1er décembre 2026 à 07:00", "1er déc., 07:00"),
        ("en", "Tuesday 1 December", "1 December 2026, 07:00", "1 Dec, 07:00"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(
    language: str, day: str, full: str, short: str
) -> None:
    say = Teller(language, NOW)

    told = (
        say.day(date(2026, 12, 1)),
        say.full(NOW, "Europe/Paris"),
        say.short(NOW, "Africa/Lagos"),
    )

    assert told == (day, full, short)


def test_other_days_that_end_in_one_stay_as_they_are() -> None:
    assert Teller("fr", NOW).day(date(2026, 12, 21)) == "lundi 21 décembre"


@pytest.mark.parametrize(
    ("language", "day", "short"),
    [
        ("fr", "vendredi 1er janvier 2027", "1er janv. 2027, 00:30"),
        ("en", "Friday 1 January 2027", "1 Jan 2027, 00:30"),
    ],
)
def test_another_year_is_written_out(language: str, day: str, short: str) -> None:
    say = Teller(language, NOW)
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    told = (say.day(date(2027, 1, 1)), say.short(new_year, "Africa/Lagos"))

    assert told == (day, short)
    assert "2026" not in say.short(new_year, "Africa/Abidjan")
