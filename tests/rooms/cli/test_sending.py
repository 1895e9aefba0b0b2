"""`crieur sending` and what `crieur doctor` says of a copy, as an operator's shell calls them."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from service.boot import Runtime
from service.cli.daemons import child_environment_of
from service.editions import control
from service.kit.clock import system_clock
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue, an_issue

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.fixture
def clock() -> FakeClock:
    """The command line lives in the present."""
    return FakeClock(now=system_clock())


def _crieur(runtime: Runtime, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    settings = runtime.settings
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        env=child_environment_of(settings)
        | {"CRIEUR_SMTP_URL": settings.smtp_url[0].get_secret_value()},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def _restored(runtime: Runtime, clock: FakeClock) -> Issue:
    """Return an edition of a database that lived elsewhere before."""
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        session.execute(text("UPDATE home SET cluster = '7711575746642797036'"))
    return issue


def _status(runtime: Runtime, *command: str) -> dict[str, object]:
    words = command or ("sending", "status")
    status: dict[str, object] = json.loads(_crieur(runtime, *words, "--json").stdout)
    return status


def test_enabling_shows_what_would_be_sent_and_asks(runtime: Runtime, clock: FakeClock) -> None:
    issue = _restored(runtime, clock)

    asked = _crieur(runtime, "sending", "enable", typed="n\n")
    before = _status(runtime)
    done = _crieur(runtime, "sending", "enable", typed="y\n")
    after = _status(runtime)

    assert asked.returncode == 1
    assert f"edition {issue.edition_id}" in asked.stdout
    assert (before["status"], before["may_send"]) == ("copied", False)
    assert before["waiting"] == [
        {
            "what": f"edition {issue.edition_id}",
            "newsletter": "le-matin-0",
            "slot": f"{clock.now:%Y-%m-%d %H:%M}",
            "state": "sending",
            "readers": 3,
        }
    ]
    assert done.returncode == 0
    assert (after["status"], after["may_send"]) == ("active", True)
    assert [event for event, _ in audited(runtime.begin)] == ["database.released"]


def test_the_status_names_slots_that_would_be_planned(runtime: Runtime, clock: FakeClock) -> None:
    _restored(runtime, clock)
    with runtime.begin() as session:
        before = clock.now - timedelta(minutes=5)
        a_newsletter(
            session,
            now=before - timedelta(minutes=1),
            slug="le-soir",
            days=EVERY_DAY,
            times=(before.time().replace(second=0, microsecond=0),),
            time_zone="UTC",
        )

    waiting = _status(runtime)["waiting"]

    assert isinstance(waiting, list)
    assert [(each["what"], each["newsletter"]) for each in waiting][-1] == ("due slot", "le-soir")


def test_the_status_says_what_keeps_an_edition(runtime: Runtime, clock: FakeClock) -> None:
    paused = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        control.pause(session, paused.edition_id, now=clock())

    waiting = _status(runtime)["waiting"]

    assert isinstance(waiting, list)
    assert [each["state"] for each in waiting if each["what"].startswith("edition")] == ["paused"]


def test_a_database_that_sends_has_nothing_to_enable(runtime: Runtime, clock: FakeClock) -> None:
    an_issue(runtime.begin, clock)

    done = _crieur(runtime, "sending", "enable")

    assert done.returncode == 0
    assert "nothing to enable" in done.stdout


def test_a_database_on_hold_says_so_everywhere_and_a_script_enables_it(
    runtime: Runtime, clock: FakeClock
) -> None:
    an_issue(runtime.begin, clock)

    held = _crieur(runtime, "sending", "disable")
    doctor = _crieur(runtime, "doctor", "--json")
    upgraded = _crieur(runtime, "db", "upgrade")
    status = _status(runtime)["status"]
    done = _crieur(runtime, "sending", "enable", "--yes")

    findings = {each["check"]: each for each in map(json.loads, doctor.stdout.splitlines())}
    assert held.returncode == done.returncode == 0
    assert status == "on_hold"
    assert findings["sending"]["verdict"] == "bad"
    assert "crieur sending enable" in findings["sending"]["advice"]
    assert "crieur sending enable" in upgraded.stdout
    assert _status(runtime)["status"] == "active"


def test_a_new_database_is_told_nothing_about_copies(runtime: Runtime) -> None:
    upgraded = _crieur(runtime, "db", "upgrade")
    released = _crieur(runtime, "sending", "enable")

    assert upgraded.stdout == "The schema is current.\n"
    assert released.returncode == 0
    assert "nothing to enable" in released.stdout


def test_nobody_waits_for_an_edition_that_a_copy_will_not_send(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = _restored(runtime, clock)

    sent = _crieur(runtime, "edition", "send", str(issue.edition_id), "--here")

    assert sent.returncode == 1
    assert "no mail leaves it" in sent.stderr
    assert "crieur sending enable" in sent.stderr
