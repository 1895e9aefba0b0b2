"""Instants in the console's words."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.web.console.formatters import DASH, ConsoleFormatter

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
    say = ConsoleFormatter(language, NOW)

    told = (
        say.day(date(2026, 12, 1)),
        say.full(NOW, "Europe/Paris"),
        say.short(NOW, "Africa/Lagos"),
    )

    assert told == (day, full, short)


def test_other_days_that_end_in_one_stay_as_they_are() -> None:
    assert ConsoleFormatter("fr", NOW).day(date(2026, 12, 21)) == "lundi 21 décembre"


@pytest.mark.parametrize(
    ("language", "day", "short"),
    [
        ("fr", "vendredi 1er janvier 2027", "1er janv. 2027, 00:30"),
        ("en", "Friday 1 January 2027", "1 Jan 2027, 00:30"),
    ],
)
def test_another_year_is_written_out(language: str, day: str, short: str) -> None:
    say = ConsoleFormatter(language, NOW)
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    told = (say.day(date(2027, 1, 1)), say.short(new_year, "Africa/Lagos"))

    assert told == (day, short)
    assert "2026" not in say.short(new_year, "Africa/Abidjan")


ZONES = st.sampled_from(["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Mars/Olympus", "", "../etc"])
INSTANTS = st.datetimes(timezones=st.sampled_from([UTC, None]))
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
EDGES = [FIRST, LAST, FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)]


@given(
    language=st.sampled_from(["fr", "en", "fr_CI", "en-GB", "de", ""]),
    instant=st.none() | st.sampled_from(EDGES) | INSTANTS,
    zone=ZONES,
)
@example(language="en", instant=None, zone="UTC")
def test_whatever_a_column_holds_is_told(
    language: str, instant: datetime | None, zone: str
) -> None:
    """A reader's page was an error while a message waited for them without a next attempt."""
    say = ConsoleFormatter(language, NOW)

    told = [
        say.full(instant, zone),
        say.short(instant, zone),
        say.moment(instant, zone),
        say.ago(instant),
        say.day(instant.date() if instant else None),
        say.clock(instant.time() if instant else None),
    ]

    assert all(told)
    assert (told == [DASH] * 6) is (instant is None)


@given(
    # As many as a column may hold.
    count=st.none() | st.integers(-(2**63), 2**63 - 1),
    rate=st.none() | st.floats(),
    length=st.none() | st.timedeltas(),
    weekday=st.integers(),
)
@example(count=0, rate=0.0, length=timedelta(), weekday=0)
def test_every_number_is_told(
    count: int | None, rate: float | None, length: timedelta | None, weekday: int
) -> None:
    for language in ("fr", "en"):
        say = ConsoleFormatter(language, NOW)

        assert say.number(count)
        assert say.rate(rate)
        assert say.span(length)
        assert say.weekday(weekday)


def test_a_time_that_no_clock_of_the_page_knows_is_a_dash() -> None:
    assert [
        getattr(ConsoleFormatter(language, NOW), name)(None)
        for language, name in product(("fr", "en"), ("ago", "span", "number", "rate", "day"))
    ] == [DASH] * 10
    assert ConsoleFormatter("en", NOW).clock(time(7)) == "07:00"
