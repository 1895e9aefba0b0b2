"""`crieur newsletter` as an operator describes a newsletter, and what it refuses."""

import json
from datetime import date, timedelta

import pytest

from service.boot import Runtime
from service.cli.newsletter import app
from service.newsletters import catalogue
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.cli.conftest import Run


@pytest.mark.parametrize(
    ("option", "number", "sentence"),
    [
        ("--horizon-days", 99999999999, "Articles are news for 1 to 366 days"),
        ("--horizon-days", 367, "Articles are news for 1 to 366 days"),
        ("--every", 99999999, "--every takes a number of minutes from 1 to 1440."),
        ("--every", 0, "--every takes a number of minutes from 1 to 1440."),
        ("--valid-hours", "inf", "An edition stays valid between 5 minutes and 14 days."),
        ("--valid-hours", -1, "An edition stays valid between 5 minutes and 14 days."),
        ("--articles-per-section", 10**12, "A section shows between 1 and 50 articles."),
        ("--per-minute", 10**12, "The limit is between 1 and 10,000,000 messages a minute"),
    ],
)
def test_a_number_out_of_range_is_refused_in_a_sentence(
    runtime: Runtime, run: Run, option: str, number: object, sentence: str
) -> None:
    with runtime.begin() as session:
        before = a_newsletter(session, now=runtime.clock())
    named = ["--from", "a@example.org", "--section", "Politique"]

    created = run(app, "create", "le-soir", *named, option, number)
    edited = run(app, "edit", before.slug, option, number)

    assert [str(each.exception).startswith(sentence) for each in (created, edited)] == [True, True]
    with runtime.begin() as session:
        assert catalogue.list_newsletters(session) == [before]


def test_empty_days_and_times_turn_the_schedule_off(run: Run) -> None:
    named = ["--from", "a@example.org", "--section", "Politique", "--at", "07:00"]
    scheduled = run(app, "create", "le-soir", *named, "--json")

    manual = run(app, "edit", "le-soir", "--days", "", "--at", "", "--json")

    assert json.loads(scheduled.stdout)["times"] == ["07:00"]
    edited = json.loads(manual.stdout)
    assert (edited["days"], edited["times"], edited["when"]) == ([], [], "manually")


def test_a_newsletter_is_created_without_a_schedule(run: Run) -> None:
    named = ["--from", "a@example.org", "--section", "Politique", "--at", ""]

    created = run(app, "create", "le-soir", *named, "--json")

    assert json.loads(created.stdout)["when"] == "manually"


def test_an_edit_that_names_nothing_is_refused(run: Run, runtime: Runtime) -> None:
    with runtime.begin() as session:
        before = a_newsletter(session, now=runtime.clock())

    nothing = run(app, "edit", before.slug, "--json")
    unknown = run(app, "edit", "le-soir")

    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert "No option was named, so nothing was changed" in str(nothing.exception)
    assert "There is no newsletter" in str(unknown.exception)
    assert audited(runtime.begin) == []


def test_digests_are_described_shown_and_turned_off(run: Run, runtime: Runtime) -> None:
    """Publishers set how often readers get mail; each option is undone by an empty one."""
    named = ["--from", "a@example.org", "--section", "Politique", "--at", "07:00"]
    digests = ["--daily-at", "18:00", "--weekly-at", "09:00", "--weekly-on", "sun"]

    created = run(
        app, "create", "le-soir", *named, *digests, "--default-frequency", "daily", "--json"
    )
    upcoming = run(app, "next", "le-soir", "--count", "3")
    as_json = run(app, "next", "le-soir", "--count", "1", "--json")
    edited = run(app, "edit", "le-soir", "--daily-at", "", "--weekly-at", "", "--json")
    only = run(app, "next", "le-soir", "--count", "1")

    stored = json.loads(created.stdout)
    assert (stored["daily_at"], stored["weekly_at"], stored["weekly_on"]) == (
        "18:00",
        "09:00",
        "sun",
    )
    assert stored["default_frequency"] == "daily"
    assert stored["frequencies"] == ["each", "daily", "weekly"]
    assert stored["when"] == (
        "daily 07:00; daily digest: daily 18:00; weekly digest: sun 09:00 Africa/Porto-Novo"
    )
    assert [line.split()[-1] for line in upcoming.stdout.splitlines()] == ["daily", "each", "daily"]
    assert json.loads(as_json.stdout)["frequency"] == "daily"
    after = json.loads(edited.stdout)
    assert (after["default_frequency"], after["frequencies"]) == ("each", ["each"])
    assert only.stdout.split()[-1] == "Africa/Porto-Novo", "one series needs no label"


def test_a_digest_alone_is_what_new_readers_get(run: Run) -> None:
    named = ["--from", "a@example.org", "--section", "Politique"]

    created = run(app, "create", "la-semaine", *named, "--weekly-at", "09:00", "--json")

    assert json.loads(created.stdout)["default_frequency"] == "weekly"


def test_a_default_that_is_not_offered_is_refused(run: Run, runtime: Runtime) -> None:
    """The sign-up form would propose what never comes."""
    named = ["--from", "a@example.org", "--section", "Politique", "--at", "07:00"]
    run(app, "create", "le-soir", *named, "--daily-at", "18:00", "--default-frequency", "daily")
    run(app, "edit", "le-soir", "--weekly-at", "09:00")

    ended = run(app, "edit", "le-soir", "--daily-at", "")

    assert "must be one that the newsletter offers" in str(ended.exception)
    with runtime.begin() as session:
        assert catalogue.get(session, "le-soir").daily_at is not None


def test_a_monthly_newsletter_needs_no_weekday(run: Run) -> None:
    """`--at` alone means every day; with `--monthly` it means these days only."""
    named = ["--from", "a@example.org", "--section", "Politique", "--at", "07:00"]

    created = run(app, "create", "le-mois", *named, "--monthly", "15,-1", "--monthly", "last-fri")
    shown = json.loads(run(app, "show", "le-mois", "--json").stdout)
    coming = run(app, "next", "le-mois", "--count", 9)

    assert created.exit_code == 0
    assert (shown["days"], shown["month_days"]) == ([], ["15", "-1", "-1FR"])
    assert shown["when"].startswith("monthly 15,-1,-1FR 07:00")
    days = [date.fromisoformat(line.split()[1]) for line in coming.stdout.splitlines()]
    assert len(days) == 9
    for day in days:
        is_last = (day + timedelta(days=1)).month != day.month
        is_last_friday = day.isoweekday() == 5 and (day + timedelta(days=7)).month != day.month
        assert day.day == 15 or is_last or is_last_friday


def test_every_two_weeks_is_set_and_ended(run: Run) -> None:
    named = ["--from", "a@example.org", "--section", "Politique", "--at", "07:00", "--days", "thu"]
    every = "--every-two-weeks-from"

    run(app, "create", "le-mois", *named, every, "2023-02-16")
    fortnightly = run(app, "next", "le-mois", "--count", 2)
    weekly = json.loads(run(app, "edit", "le-mois", every, "", "--json").stdout)

    first, second = (
        date.fromisoformat(line.split()[1]) for line in fortnightly.stdout.splitlines()
    )
    assert (first - date(2023, 2, 16)).days % 14 == 0
    assert second - first == timedelta(days=14)
    assert weekly["fortnight_from"] is None


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--monthly", "32", "Days of the month are 1 to 31, -1 for the last one, or a weekday"),
        ("--monthly", "fifth-mon", "Days of the month are 1 to 31"),
        ("--every-two-weeks-from", "soon", "“soon” is not a date: write it like 2023-02-08."),
        ("--every-two-weeks-from", "2023-02-08", "Every two weeks counts weekdays: choose some"),
    ],
)
def test_a_day_that_is_none_is_refused(
    runtime: Runtime, run: Run, option: str, value: str, sentence: str
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    refused = run(app, "edit", "le-matin", option, value)

    assert str(refused.exception).startswith(sentence)
