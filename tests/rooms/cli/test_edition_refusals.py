"""`crieur edition refusals` and `resend`, `crieur suppression lift` and its neighbours."""

import json

import pytest
from sqlalchemy import text

from service.boot import Runtime
from service.delivery.progress.thresholds import Thresholds
from service.kit.clock import system_clock
from service.replies.classification import SmtpStage
from tests.conftest import FakeClock
from tests.fakes.saying import Saying
from tests.rooms.cli.shell import Shell
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps
from workers import record_refusals

NEVER = Thresholds(hard_bounces=0, complaints=0, policy=0)


@pytest.fixture
def issue(runtime: Runtime) -> Issue:
    """Return an edition of today's for 14 readers: 11 unknown, one refused by policy."""
    clock = FakeClock(system_clock())
    sent = an_issue(runtime.begin, clock, masks=[None] * 14)

    def says(stage: SmtpStage, recipient: str) -> str | None:
        number = int(recipient[1:].partition(".")[0]) if recipient else 99
        if stage is SmtpStage.RCPT and number < 11:
            return "550 5.1.1 No such user here"
        return "554 5.7.1 By policy" if stage is SmtpStage.DOT and number == 11 else None

    with Saying(says) as relay:
        send(sent, send_deps(runtime.begin, clock, relay.url, thresholds=NEVER))
    record_refusals.run(runtime, edition_id=sent.edition_id)
    return sent


def test_refusals_are_shown_sent_again_and_decided(
    runtime: Runtime, issue: Issue, shell: Shell
) -> None:
    edition = str(issue.edition_id)

    shown = [
        json.loads(line)
        for line in shell.run("edition", "refusals", edition, "--json").stdout.splitlines()
    ]
    told = shell.run("edition", "refusals", edition).stdout
    unnamed = shell.run("edition", "resend", edition)
    reader = shell.run("edition", "resend", edition, "--refused", "reader")
    resent = shell.run("edition", "resend", edition, "--refused", "sender", "--json")
    held = [
        json.loads(line) for line in shell.run("suppression", "held", "--json").stdout.splitlines()
    ]
    ours = shell.run("suppression", "dismiss", edition, "example.org")
    decided = shell.run("suppression", "confirm", edition, "example.org")
    again = shell.run("edition", "resend", edition, "--refused", "sender")
    nobody = shell.run("edition", "resend", edition, "--refused", "relay")

    assert [(each["fault"], each["provider"], each["count"]) for each in shown] == [
        ("reader", "example.org", 11),
        ("sender", "example.org", 1),
    ]
    assert shown[1]["example"] == "554 5.7.1 By policy"
    assert f"crieur edition resend {edition} --refused sender" in told
    assert [(each.returncode, each.stderr.count("\n")) for each in (unnamed, reader)] == [
        (1, 1)
    ] * 2
    assert json.loads(resent.stdout) == {"edition": issue.edition_id, "resent": 1, "paused": False}
    assert {each["provider"]: each["unknown"] for each in held} == {"example.org": 11}
    assert (ours.returncode, "11 readers stay" in ours.stdout) == (0, True)
    assert (decided.returncode, "decided already" in decided.stderr) == (1, True)
    assert "11 readers are sent" in again.stdout
    assert (nobody.returncode, "No refusal of edition" in nobody.stdout) == (0, True)
    read = books(runtime.begin, issue)
    assert (read.refused, read.pending, read.balanced) == (0, 12, True)


def test_refusals_from_before_faults_were_kept_are_told_by_their_codes(
    runtime: Runtime, issue: Issue, shell: Shell
) -> None:
    with runtime.begin() as session:
        session.execute(text("UPDATE attempt SET stage = NULL, fault = NULL, reason = NULL"))

    shown = shell.run("edition", "refusals", str(issue.edition_id), "--json").stdout.splitlines()
    resent = shell.run("edition", "resend", str(issue.edition_id), "--refused", "unknown", "--json")

    keys = ("fault", "reason", "count", "example")
    assert [tuple(json.loads(line)[key] for key in keys) for line in shown] == [
        ("reader", "userunknown", 11, "550 5.1.1 No such user here"),
        ("unknown", "undefined", 1, "554 5.7.1 By policy"),
    ]
    assert json.loads(resent.stdout)["resent"] == 1


def test_a_bad_day_is_counted_and_then_lifted(runtime: Runtime, issue: Issue, shell: Shell) -> None:
    shell.run("suppression", "confirm", str(issue.edition_id), "example.org")

    wide = shell.run("suppression", "lift")
    odd = shell.run("suppression", "lift", "--since", "yesterday")
    counted = shell.run("suppression", "lift", "--provider", "example.org", "--dry-run", "--json")
    elsewhere = shell.run("suppression", "lift", "--provider", "google")
    lifted = shell.run("suppression", "lift", "--since", "2023-02-08", "--provider", "example.org")

    for wrong in (wide, odd):
        assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1), wrong
    assert json.loads(counted.stdout) == {"lifted": 0, "matching": 11, "dry_run": True}
    assert elsewhere.stdout.startswith("No suppression matches")
    assert "11 addresses are written to again" in lifted.stdout
    with runtime.begin() as session:
        assert session.execute(text("SELECT count(*) FROM suppression")).scalar_one() == 0
        facts = session.execute(
            text(
                "SELECT facts FROM audit_entry WHERE event = 'suppression.lifted_many' ORDER BY id"
            )
        )
        assert [row.facts["readers"] for row in facts] == [0, 11]
