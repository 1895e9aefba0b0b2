"""`crieur edition subject-test`: two subjects, from a terminal."""

import json
from datetime import timedelta

import pytest

from service.boot import Runtime
from service.cli.edition import app
from service.cli.edition_subject_test import parse_wait, parse_winner
from service.kit.errors import Conflict, Invalid
from tests.audit_trail import audited
from tests.conftest import FakeClock
from tests.rooms.cli.conftest import Run
from tests.rooms.cli.drafts import a_coming_edition
from tests.subject_tests import a_tested_edition


def test_a_test_is_set_shown_and_removed(runtime: Runtime, run: Run) -> None:
    draft, _ = a_coming_edition(runtime)

    made = run(app, "subject-test", draft, "--second", "Le port", "--sample", 10, "--after", "2h")
    shown = json.loads(run(app, "show", draft, "--json").stdout)["subject_test"]
    removed = run(app, "subject-test", draft, "--none", "--if-version", 1)

    assert made.exit_code == 0
    assert "Le port" in made.stdout
    assert "too few readers for a test: it takes 200 at least" in made.stderr
    assert shown == {
        "state": "prepared",
        "measure": "clicks",
        "sample_percent": 10,
        "wait_minutes": 120,
        "decides_at": None,
        "decided_at": None,
        "winner": None,
        "outcome": None,
        "is_doubtful": False,
        "first": {"subject": None, "readers": 0, "accepted": 0, "events": 0, "rate": 0.0},
        "second": {"subject": "Le port", "readers": 0, "accepted": 0, "events": 0, "rate": 0.0},
    }
    assert removed.stdout == f"Edition {draft} has one subject and no test.\n"
    assert audited(runtime.begin) == [
        ("edition.subject_test_set", {"edition_id": draft}),
        ("edition.subject_test_cleared", {"edition_id": draft}),
    ]


def test_a_running_test_is_decided_before_its_time(
    runtime: Runtime, run: Run, clock: FakeClock
) -> None:
    issue = a_tested_edition(runtime.begin, clock)

    answer = run(app, "subject-test", issue.edition_id, "--decide", "second", "--json")

    decided = json.loads(answer.stdout)["subject_test"]
    assert (decided["winner"], decided["outcome"]) == ("second", "chosen")
    assert decided["first"]["subject"] == "Titre Politique"
    assert run(app, "show", issue.edition_id).stdout.count("chosen") == 1
    again = run(app, "subject-test", issue.edition_id, "--decide", "better")
    assert isinstance(again.exception, Conflict)


def test_one_thing_at_a_time(runtime: Runtime, run: Run) -> None:
    draft, _ = a_coming_edition(runtime)

    refused = run(app, "subject-test", draft, "--none", "--decide", "better")

    assert str(refused.exception) == "Give one of --second, --none and --decide."


@pytest.mark.parametrize(
    ("text", "minutes"), [("45m", 45), ("2h", 120), ("90", 90), (" 15 min ", 15)]
)
def test_a_time_is_minutes_or_hours(text: str, minutes: int) -> None:
    assert parse_wait(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "soon", "-5m", "1.5h", "99999m"])
def test_any_other_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="45m or 2h"):
        parse_wait(text)


def test_a_winner_is_named() -> None:
    assert [parse_winner(each) for each in ("first", "second", "better")] == [1, 2, None]
    with pytest.raises(Invalid, match="better, first, second"):
        parse_winner("third")
