"""Calendars as authorities, people and attackers write them."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.newsletters.holidays import Holiday
from service.newsletters.ics import CalendarError, parse_calendar

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
{}END:VCALENDAR\r
"""


def a_calendar(*events: str) -> bytes:
    lines = "".join(f"BEGIN:VEVENT\r\n{each}\r\nEND:VEVENT\r\n" for each in events)
    return CALENDAR.format(lines).encode()


def holidays_of(*events: str) -> list[tuple[date, date, str]]:
    found = parse_calendar(a_calendar(*events)).holidays
    return [(each.first_on, each.last_on, each.label) for each in found]


def test_the_end_of_whole_days_is_the_day_after_the_last() -> None:
    """RFC 5545: DTEND is not included. One day too many would be an edition too few."""
    assert holidays_of(
        "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Noël",
        "DTSTART;VALUE=DATE:20270101\r\nSUMMARY:Jour de l’an",
        "DTSTART;VALUE=DATE:20270501\r\nDTEND;VALUE=DATE:20270501",
    ) == [
        (date(2026, 12, 24), date(2026, 12, 26), "Noël"),
        (date(2027, 1, 1), date(2027, 1, 1), "Jour de l’an"),
        (date(2027, 5, 1), date(2027, 5, 1), ""),
    ]


def test_an_event_with_times_ends_on_the_day_of_its_end() -> None:
    assert holidays_of(
        "DTSTART;TZID=Europe/Paris:20261224T180000\r\nDTEND;TZID=Europe/Paris:20261225T020000",
        "DTSTART:20261224T000000Z\r\nDTEND:20261225T000000",
    ) == [
        (date(2026, 12, 24), date(2026, 12, 25), ""),
        (date(2026, 12, 24), date(2026, 12, 24), ""),
    ]


def test_folded_lines_and_escaped_signs_are_read() -> None:
    [(_, _, label)] = holidays_of("DTSTART:20270101\r\nSUMMARY:Jour\\, \r\n de l\\nan\x07 !")

    assert label == "Jour, de l an !"


def test_an_alarm_inside_an_event_says_nothing_about_it() -> None:
    alarm = "BEGIN:VALARM\r\nSUMMARY:Alarm\r\nDTSTART:20200101\r\nEND:VALARM"

    assert holidays_of(f"{alarm}\r\nDTSTART:20270101\r\nSUMMARY:Fête") == [
        (date(2027, 1, 1), date(2027, 1, 1), "Fête")
    ]


def test_what_repeats_or_is_broken_is_counted_and_what_is_cancelled_is_none() -> None:
    """An operator has to know that a file was not taken whole."""
    found = parse_calendar(
        a_calendar(
            "DTSTART:20270714\r\nRRULE:FREQ=YEARLY",
            "DTSTART:20271301",
            "DTSTART:20270101\r\nDTEND:soon",
            "SUMMARY:without a date",
            "DTSTART:20270102\r\nSTATUS:CANCELLED",
        )
    )

    assert (found.holidays, found.repeating, found.broken) == ((), 1, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"BEGIN:VCARD\r\n",
        a_calendar() + b" " * 1_000_000,
        a_calendar(*["DTSTART:20270101"] * 1_001),
    ],
    ids=["empty", "a page", "a card", "too large", "too many"],
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(CalendarError):
        parse_calendar(content)


PIECES = st.sampled_from(
    [
        "BEGIN:VEVENT",
        "END:VEVENT",
        "DTSTART:20270101",
        "DTEND:00000000",
        "SUMMARY:\\",
        " ",
        ":",
        ";",
    ]
)


@given(lines=st.lists(PIECES | st.text(max_size=20), max_size=30), junk=st.binary(max_size=20))
@example(lines=[" "], junk=b"\x00")
def test_no_file_makes_it_fail_otherwise(lines: list[str], junk: bytes) -> None:
    """A file that a stranger sent may hold anything.

    Its second line keeps a first generated line that begins with a space from continuing the
    first one, which would then name no calendar.
    """
    content = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "\r\n".join(lines).encode(errors="replace") + junk
    )

    for each in parse_calendar(content).holidays:
        assert isinstance(each, Holiday)
        assert each.first_on <= each.last_on
        assert each.label.isprintable()
