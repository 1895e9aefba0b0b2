"""What operators may write about a newsletter in options."""

from datetime import time, timedelta

import pytest

from service.cli.newsletter_options import (
    parse_days,
    parse_digest_time,
    parse_horizon,
    parse_hours,
    parse_section,
    parse_sender,
    parse_time,
    parse_times,
    parse_weekday,
)
from service.kit.errors import Invalid
from service.newsletters.draft import SectionDraft


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily", (1, 2, 3, 4, 5, 6, 7)),
        (" Weekdays ", (1, 2, 3, 4, 5)),
        ("sun, mon", (1, 7)),
        ("TUE,tue,", (2,)),
        ("", ()),
    ],
)
def test_days_are_iso_weekdays_in_their_order_each_once(text: str, days: tuple[int, ...]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["monday", "mon;tue", "mon,8", "weekdays,sat", "lundi"])
def test_days_of_another_spelling_are_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(Invalid, match="mon, tue, wed, thu, fri, sat, sun, or daily, weekdays"):
        parse_days(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [(" 07:00 ", time(7)), ("23:59", time(23, 59)), ("07:00:00.5+02:00", time(7))],
)
def test_a_time_of_day_is_that_of_the_newsletter_s_own_zone(text: str, read: time) -> None:
    assert parse_time(text) == read
    assert parse_time(text).tzinfo is None


@pytest.mark.parametrize("text", ["", "24:01", "7h", "07:60", "٠٧:٠٠x"])
def test_what_is_no_time_of_day_is_refused_as_it_was_written(text: str) -> None:
    with pytest.raises(Invalid, match=f"“{text}” is not a time of day"):
        parse_time(text)


def test_hours_may_be_parts_of_one() -> None:
    assert parse_hours(1.5) == timedelta(minutes=90)


@pytest.mark.parametrize("hours", [float("nan"), float("inf"), float("-inf"), 1e300])
def test_hours_that_cannot_be_counted_are_refused(hours: float) -> None:
    with pytest.raises(Invalid):
        parse_hours(hours)


def test_a_horizon_is_a_number_of_days_that_can_be_counted() -> None:
    assert parse_horizon(3) == timedelta(days=3)
    with pytest.raises(Invalid):
        parse_horizon(10**10)


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("Le Matin <matin@example.org>", ("Le Matin", "matin@example.org")),
        ('"Le Matin, Abidjan" <matin@example.org> ', ("Le Matin, Abidjan", "matin@example.org")),
        ("A < B <matin@example.org>", ("A < B", "matin@example.org")),
        (" matin@example.org ", ("", "matin@example.org")),
        ("", ("", "")),
    ],
)
def test_a_sender_is_a_name_and_an_address(text: str, sender: tuple[str, str]) -> None:
    assert parse_sender(text) == sender


def test_times_may_be_options_of_their_own_or_a_list_with_gaps() -> None:
    assert parse_times(["07:00, 12:00,", "", "18:30"], None) == (time(7), time(12), time(18, 30))
    assert parse_times([], None) == ()
    with pytest.raises(Invalid, match="“noon”"):
        parse_times(["07:00,noon"], None)


def test_times_every_so_many_minutes_begin_at_midnight() -> None:
    assert parse_times([], 480) == (time(0), time(8), time(16))
    assert parse_times([], 1440) == (time(0),)


@pytest.mark.parametrize("every", [-1, 0, 1441])
def test_minutes_that_do_not_fit_into_a_day_are_refused(every: int) -> None:
    with pytest.raises(Invalid, match="from 1 to 1440"):
        parse_times([], every)


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("Économie", SectionDraft(name="Économie", aliases=())),
        (" Économie = eco, ,business ", SectionDraft(name="Économie", aliases=("eco", "business"))),
        ("A=b=c", SectionDraft(name="A", aliases=("b=c",))),
        ("=eco", SectionDraft(name="", aliases=("eco",))),
    ],
)
def test_a_section_is_a_name_and_its_aliases(text: str, section: SectionDraft) -> None:
    assert parse_section(text) == section


def test_a_digest_has_a_time_or_is_turned_off() -> None:
    assert parse_digest_time("18:00") == time(18)
    assert parse_digest_time(" ") is None
    with pytest.raises(Invalid, match="is not a time of day"):
        parse_digest_time("evening")


@pytest.mark.parametrize(("text", "day"), [("mon", 1), (" Sun ", 7), ("sunday", 7)])
def test_a_digest_has_one_day(text: str, day: int) -> None:
    assert parse_weekday(text) == day


@pytest.mark.parametrize("text", ["", "su", "sunny", "mon,tue", "dimanche"])
def test_another_day_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(Invalid, match="mon, tue, wed, thu, fri, sat, sun"):
        parse_weekday(text)
