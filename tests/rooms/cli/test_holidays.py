"""`crieur newsletter holiday`, as an operator types it."""

from pathlib import Path

import pytest

from service.boot import Runtime
from service.cli.holidays import app
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.cli.conftest import Run, told

CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20991224
DTEND;VALUE=DATE:20991227
SUMMARY:Noël
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20010101
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20990714
RRULE:FREQ=YEARLY
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def paper(runtime: Runtime) -> str:
    with runtime.begin() as session:
        return a_newsletter(session, now=runtime.clock()).slug


def test_holidays_are_added_listed_and_removed(runtime: Runtime, run: Run, paper: str) -> None:
    added = run(app, "add", paper, "2099-12-24", "2099-12-26", "--label", "Noël")
    again = run(app, "add", paper, "2099-12-24", "2099-12-26")
    run(app, "add", "all", "2099-01-01")
    [first, second] = told(run(app, "list", paper, "--json"))
    removed = run(app, "remove", second["id"])

    assert (added.stdout, again.stdout) == ("Added.\n", "These dates are a holiday already.\n")
    assert (first["of"], first["first"]) == ("all", "2099-01-01")
    assert (second["of"], second["last"], second["label"]) == (paper, "2099-12-26", "Noël")
    assert removed.exit_code == 0
    assert [each["first"] for each in told(run(app, "list", paper, "--json"))] == ["2099-01-01"]
    acts = [event for event, *_ in map(tuple, audited(runtime.begin))]
    assert len(acts) == 4


def test_a_calendar_is_shown_before_it_is_imported(run: Run, paper: str, tmp_path: Path) -> None:
    """What has passed is left out, and what repeats is said."""
    file = tmp_path / "holidays.ics"
    file.write_text(CALENDAR, "utf-8")

    tried = run(app, "import", paper, file, "--dry-run")
    none = told(run(app, "list", paper, "--json"))
    done = run(app, "import", paper, file)
    [holiday] = told(run(app, "list", paper, "--json"))

    assert "Nothing was added: 1 would be." in tried.stdout
    assert none == []
    assert "1 added." in done.stdout
    assert "Left out: 1 that repeat" in done.stderr
    assert (holiday["first"], holiday["last"]) == ("2099-12-24", "2099-12-26")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "le-matin", "tomorrow"), "“tomorrow” is not a date"),
        (("add", "le-matin", "2026-12-26", "2026-12-24"), "The last day is before the first."),
        (("add", "le-soir", "2026-12-26"), "There is no newsletter “le-soir”"),
        (("remove", "7"), "There is no holiday 7"),
        (("import", "le-matin", "/nowhere.ics"), "/nowhere.ics cannot be read"),
        (("import", "le-matin", __file__), "no iCalendar file"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    run: Run, paper: str, words: tuple[str, ...], sentence: str
) -> None:
    refused = run(app, *words)

    assert refused.exit_code != 0
    assert sentence in str(refused.exception)
