"""`crieur edition` as an operator builds, lists and shows editions."""

import json
from datetime import time, timedelta

import pytest

from service.articles.withdraw import withdraw
from service.boot import Runtime
from service.editions import build, control, plan
from service.editions.find import recent_editions
from service.kit.clock import system_clock
from service.kit.translatable import translatable
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock
from tests.rooms.cli.shell import PATIENCE, Shell
from tests.rooms.delivery.harness import an_issue


def test_the_list_says_what_waits_for_an_operator(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    before = shell.run("edition", "list").stdout
    with runtime.begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)

    after = shell.run("edition", "list").stdout

    assert "sending, paused" not in before
    assert "sending, paused" in after


def test_people_read_a_note_and_programs_its_key(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    note = translatable("edition.refused.share", share=10.0)
    with runtime.begin() as session:
        control.pause(session, issue.edition_id, now=clock.now, note=note)

    for command in ("show", "ledger"):
        told = shell.run("edition", command, str(issue.edition_id)).stdout
        stored = json.loads(shell.run("edition", command, str(issue.edition_id), "--json").stdout)

        assert "Paused automatically: 10.0 % of the messages are refused" in told
        assert "note_" not in told
        assert stored["note"] == str(note)
        assert (stored["note_key"], stored["note_params"]) == (note.key, {"share": 10.0})


def test_a_slot_that_the_schedule_does_not_know_is_mentioned(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    # The terminal's clock is years later than the test's: the slots are those of an hour ago.
    past = system_clock() - timedelta(hours=1)
    hour = past.replace(minute=0, second=0, microsecond=0)
    with runtime.begin() as session:
        slug = a_newsletter(
            session, now=clock.now, days=(1, 2, 3, 4, 5, 6, 7), times=(hour.time(),)
        ).slug

    known = shell.run("edition", "build", slug, "--slot", f"{hour:%Y-%m-%d %H:%M}")
    stray = shell.run("edition", "build", slug, "--slot", f"{hour:%Y-%m-%d %H}:01")

    assert (known.returncode, stray.returncode) == (0, 0)
    assert "not in the schedule" not in known.stderr
    assert f"crieur: {hour:%Y-%m-%d %H}:01 is not in the schedule of {slug}" in stray.stderr


@pytest.mark.parametrize(
    ("slot", "sentence"),
    [
        ("2020-01-01 07:00", "is longer ago than"),
        ("2099-01-01 07:00", "is more than 14 days ahead"),
        ("9999-12-31 23:59", "is not a slot"),
        ("demain", "is not a slot"),
    ],
)
def test_a_slot_of_a_mistyped_date_is_refused_in_a_sentence(
    runtime: Runtime, clock: FakeClock, shell: Shell, slot: str, sentence: str
) -> None:
    with runtime.begin() as session:
        slug = a_newsletter(session, now=clock.now, time_zone="America/New_York").slug

    refused = shell.run("edition", "build", slug, "--slot", slot)

    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    with runtime.begin() as session:
        assert recent_editions(session) == []


def test_what_is_built_stays_when_nobody_reads_the_answer(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    with runtime.begin() as session:
        slug = a_newsletter(session, now=clock.now).slug
    building = shell.start("edition", "build", slug)
    assert building.stdout is not None
    building.stdout.close()

    building.wait(PATIENCE)

    with runtime.begin() as session:
        assert len(recent_editions(session)) == 1


def test_an_edition_is_shown_with_what_was_withdrawn_of_it(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Sport", now=clock.now)
        an_article(session, "Sport", seen=clock.now - timedelta(hours=1), title="Un")
        gone = an_article(session, "Sport", seen=clock.now - timedelta(hours=1), title="Deux")
        edition = plan.plan_now(session, newsletter.id, now=clock.now)
        build.select_articles(session, edition.id, now=clock.now)
        withdraw(session, gone.id, now=clock.now)
        number = edition.id

    shown = shell.run("edition", "show", str(number)).stdout
    told = json.loads(shell.run("edition", "show", str(number), "--json").stdout)["articles"]

    assert "Deux (withdrawn)" in shown
    assert "Un (withdrawn)" not in shown
    assert {each["title"]: each["withdrawn"] for each in told} == {"Un": False, "Deux": True}


def test_an_edition_is_built_for_the_readers_of_one_frequency(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    with runtime.begin() as session:
        paper = a_newsletter(session, now=clock.now, days=(1,), times=(time(7),), weekly_at=time(9))
        an_article(session, "Politique", seen=system_clock() - timedelta(hours=1))

    built = shell.run("edition", "build", paper.slug, "--frequency", "weekly", "--json")
    refused = shell.run("edition", "build", paper.slug, "--frequency", "daily")
    listed = shell.run("edition", "list").stdout

    shown = json.loads(built.stdout)
    assert (shown["frequency"], shown["previous_edition"]) == ("weekly", None)
    assert "does not offer “daily”; it offers: each, weekly." in refused.stderr
    assert "series" in listed
    assert "weekly" in listed
