"""How an operator stops, continues and sends an edition from a terminal."""

import json
import socket
import threading
import time

import pytest
from sqlalchemy import text

from service.accounts import audit
from service.boot import Runtime
from service.cli import edition
from service.delivery.guard import sending_guard
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.editions import control, plan
from service.editions.find import edition_articles, get_edition
from service.kit.clock import system_clock
from service.kit.errors import NotFound
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Relay
from tests.rooms.cli.conftest import Run
from tests.rooms.cli.drafts import a_coming_edition
from tests.rooms.cli.shell import PATIENCE, Shell
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps

MANY = 400
"""Readers whom a slow relay needs half a minute for."""

SLOW = 0.06
"""Seconds that it takes over each message."""


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_no_mail_begins_two_seconds_after_the_command(
    runtime: Runtime, clock: FakeClock, shell: Shell, act: str
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * MANY)
    kept: list[float] = []

    def keep_slowly(_mail: Kept) -> None:
        kept.append(time.monotonic())
        time.sleep(SLOW)

    with Relay(on_kept=keep_slowly) as relay:
        deps = send_deps(runtime.begin, clock, relay.url, timeouts=SmtpTimeouts())
        sending = threading.Thread(target=send, args=(issue, deps))
        sending.start()
        said = shell.run("edition", act, str(issue.edition_id))
        at = time.monotonic()
        sending.join(PATIENCE)

    assert said.returncode == 0
    assert 0 < len(kept) < MANY
    # As many as the relay takes in two seconds: while the machine stands still, none begins.
    assert sum(each > at for each in kept) < 2 / SLOW
    assert _begun(runtime, issue) == len(kept)
    ledger = books(runtime.begin, issue)
    assert ledger.balanced
    assert (ledger.pending, ledger.expired) == (
        (MANY - len(kept), 0) if act == "pause" else (0, MANY - len(kept))
    )


@pytest.mark.parametrize(
    ("act", "extra"), [("resume", ["--valid-hours", "6"]), ("approve", [])], ids=str
)
def test_whoever_continues_in_a_held_database_is_told_that_nothing_leaves(
    runtime: Runtime, clock: FakeClock, shell: Shell, act: str, extra: list[str]
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        sending_guard.disable_sending(session, now=clock.now)
        if act == "resume":
            control.pause(session, issue.edition_id, now=clock.now)

    # The terminal's clock is years later than the test's.
    said = shell.run("edition", act, str(issue.edition_id), *extra)

    assert said.returncode == 0
    assert f"Edition {issue.edition_id} continues." in said.stdout + said.stderr
    assert "until 'crieur sending enable'" in said.stdout + said.stderr


def test_what_is_decided_in_a_terminal_stands_in_the_audit_trail(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    acts = ["pause", "resume", "approve", "cancel"]

    # The terminal's clock is years later than the test's.
    long = {"resume": ["--valid-hours", "6"]}
    said = [shell.run("edition", act, str(issue.edition_id), *long.get(act, [])) for act in acts]
    too_late = shell.run("edition", "resume", str(issue.edition_id))

    assert [each.returncode for each in said] == [0] * 4
    assert too_late.returncode == 1
    assert "is cancelled: there is nothing left to send." in too_late.stderr
    assert audited(runtime.begin) == [
        (f"edition.{act}", {"edition_id": issue.edition_id}) for act in acts
    ]


def test_what_changes_nothing_is_refused_and_not_in_the_audit_trail(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    edition = an_issue(runtime.begin, clock).edition_id

    resumed = shell.run("edition", "resume", str(edition))
    paused = shell.run("edition", "pause", str(edition))
    again = shell.run("edition", "pause", str(edition))

    assert (resumed.returncode, paused.returncode, again.returncode) == (1, 0, 1)
    assert f"crieur: Edition {edition} is sending, not paused" in resumed.stderr
    assert f"crieur: Edition {edition} is paused already." in again.stderr
    assert [event for event, _ in audited(runtime.begin)] == ["edition.pause"]


def test_a_held_edition_that_was_paused_is_resumed_then_sent(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=clock.now)
        edition = plan.plan_now(session, newsletter.id, now=clock.now, held=True).id
        control.pause(session, edition, now=clock.now)

    sent = shell.run("edition", "send", str(edition), "--no-wait")
    resumed = shell.run("edition", "resume", str(edition))
    sent_then = shell.run("edition", "send", str(edition), "--no-wait")

    assert (sent.returncode, resumed.returncode, sent_then.returncode) == (1, 0, 0)
    assert f"Edition {edition} is held and paused: resume it first" in sent.stderr
    assert f"it waits for 'crieur edition approve {edition}'" in resumed.stdout


def test_resuming_too_late_says_how_many_would_get_nothing_and_what_to_do(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    number = str(issue.edition_id)
    shell.run("edition", "pause", number)

    told = [shell.run("edition", act, number) for act in ("resume", "approve")]
    nonsense = shell.run("edition", "resume", number, "--valid-hours", "nan")
    shell.run("edition", "resume", number, "--valid-hours", "6")

    assert {each.returncode for each in told} == {1}
    for each in told:
        assert f"{len(issue.readers)} readers would get nothing" in each.stderr
        assert f"'crieur edition resume {number} --valid-hours 6'" in each.stderr
    assert nonsense.returncode == 1
    with runtime.begin() as session:
        edition = get_edition(session, issue.edition_id)
        assert edition.paused_at is None
        assert edition.expires_at is not None


def test_who_sends_without_workers_is_told_what_has_not_left(
    runtime: Runtime, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, FakeClock(now=system_clock()))
    with socket.socket() as taken:
        # Bound and not listening: nobody else can take the mails meanwhile.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        shell.environment["CRIEUR_SMTP_URL"] = f"smtp://127.0.0.1:{port}?starttls=never"

        ended = shell.run("edition", "send", str(issue.edition_id), "--here", "--json")

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["pending"] == 3
    assert f"127.0.0.1:{port} accepts no connection: " in ended.stderr
    assert "crieur: 3 messages wait to be sent." in ended.stderr
    assert f"'crieur edition send {issue.edition_id} --here'" in ended.stderr


def _begun(runtime: Runtime, issue: Issue) -> int:
    with runtime.begin() as session:
        count: int = session.execute(
            text("SELECT count(*) FROM delivery WHERE edition_id = :id AND attempts > 0"),
            {"id": issue.edition_id},
        ).scalar_one()
        return count


def test_an_edition_is_held_until_it_is_approved(
    runtime: Runtime, clock: FakeClock, run: Run
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=clock.now)
        number = plan.plan_now(session, newsletter.id, now=clock.now).id

    held = run(edition.app, "hold", number)
    with runtime.begin() as session:
        held_at = get_edition(session, number).held_at
    approved = run(edition.app, "approve", number)

    assert held.stdout.startswith(f"Edition {number} waits for 'crieur edition approve {number}'")
    assert held_at is not None
    assert approved.stdout == f"Edition {number} continues.\n"
    with runtime.begin() as session:
        assert get_edition(session, number).held_at is None
        trail = [entry.event for entry in reversed(audit.recent_entries(session))]
    assert trail == ["edition.hold", "edition.approve"]


@pytest.mark.parametrize("act", ["hold", "approve", "send", "pause", "resume", "cancel"])
def test_an_edition_that_does_not_exist_is_not_decided_about(
    runtime: Runtime, run: Run, act: str
) -> None:
    refused = run(edition.app, act, 99)

    assert isinstance(refused.exception, NotFound)
    assert refused.stdout == ""
    assert audited(runtime.begin) == []


def test_nothing_is_sent_from_a_database_in_which_sending_is_disabled(
    runtime: Runtime, clock: FakeClock, run: Run
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        sending_guard.disable_sending(session, now=clock.now)

    refused = run(edition.app, "send", issue.edition_id, "--no-wait")

    assert "crieur sending enable" in str(refused.exception)
    assert audited(runtime.begin) == []


def test_a_coming_edition_is_held_approved_and_cancelled_before_its_slot(
    runtime: Runtime, run: Run
) -> None:
    """Each says what will happen: an approved one goes out at its slot, and not before."""
    draft, _ = a_coming_edition(runtime, needs_approval=True)

    held = run(edition.app, "hold", draft)
    approved = run(edition.app, "approve", draft)
    paused = run(edition.app, "pause", draft)
    cancelled = run(edition.app, "cancel", draft)

    assert f"waits for 'crieur edition approve {draft}'" in held.stdout
    assert approved.stdout.startswith(f"Edition {draft} is approved: it goes out at its slot ")
    assert approved.stdout.endswith(" 07:00 Africa/Abidjan.\n")
    assert str(paused.exception) == f"Edition {draft} has not begun: hold it instead."
    assert cancelled.stdout == f"Edition {draft} is cancelled.\n"


def test_a_coming_edition_is_sent_now(
    runtime: Runtime, run: Run, environment: dict[str, str]
) -> None:
    """What editors did is in it, and the command does not wait for the slot."""
    environment["CRIEUR_SMTP_URL"] = "smtp://127.0.0.1:9?starttls=never"
    draft, ids = a_coming_edition(runtime, needs_approval=True)
    run(edition.app, "drop", draft, ids["Un"])

    sent = run(edition.app, "send", draft, "--here", "--json")

    assert sent.exit_code == 0, sent.exception
    assert json.loads(sent.stdout)["state"] == "finished"
    with runtime.begin() as session:
        titles = {each.frozen["title"] for each in edition_articles(session, draft)}
    assert titles == {"Deux", "Un match"}
    assert [event for event, _ in audited(runtime.begin)][-1] == "edition.sent_by_hand"


@pytest.mark.parametrize("format_", ["html", "text", "eml"])
def test_a_coming_edition_is_previewed_as_it_would_go_out(
    runtime: Runtime, run: Run, format_: str
) -> None:
    """With the editor's own headline; nothing is stored by looking."""
    draft, ids = a_coming_edition(runtime)
    run(edition.app, "rewrite", draft, ids["Un"], "--title", "Nouveau titre")

    shown = run(edition.app, "preview", draft, "--format", format_)

    assert "Nouveau titre" in shown.stdout
    with runtime.begin() as session:
        assert edition_articles(session, draft) == []
