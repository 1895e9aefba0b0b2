"""`crieur edition` as an operator watches, stops and continues a send."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from service.accounts import audit
from service.articles.withdraw import withdraw
from service.boot import Runtime
from service.cli import watch
from service.delivery.guard import sending_guard
from service.delivery.relay_incidents import queries as relays
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.editions import build, control, plan
from service.editions.find import get_edition, recent_editions
from service.kit.clock import system_clock
from service.kit.translatable import translatable, verbatim
from service.reports import progress
from service.reports.progress import DeliveryWave
from tests.builders import a_newsletter, an_article
from tests.conftest import SECRET, FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.cli.one_day import on_one_day
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps

PATIENCE = 60
MANY = 400
"""Readers whom a slow relay needs half a minute for."""

SLOW = 0.06
"""Seconds that it takes over each mail."""


@dataclass
class Shell:
    """Runs the command with this test's servers."""

    environment: dict[str, str]
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            _command(words), env=self.environment, capture_output=True, text=True, check=False
        )

    def start(self, *words: str, terminal: int | None = None) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            _command(words),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )
        self.started.append(process)
        return process


@contextmanager
def silent_relay() -> Iterator[int]:
    """Yield a port whose connections are opened and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def shell(database_url: str, redis_url: str) -> Iterator[Shell]:
    running = Shell(
        {
            **os.environ,  # noqa: TID251  The child needs PATH; its own settings come from here.
            "CRIEUR_DATABASE_URL": database_url,
            "CRIEUR_REDIS_URL": redis_url,
            "CRIEUR_SECRET_KEY": SECRET,
            "TERM": "xterm",
            "COLUMNS": "120",
        }
    )
    yield running
    for process in running.started:
        process.kill()
        process.communicate()


def _command(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "service", "edition", *words]


def test_watching_in_a_pipe_tells_a_few_lines_and_ends_with_json(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 20)
    watching = shell.start("watch", str(issue.edition_id), "--json")
    assert watching.stderr is not None
    first = watching.stderr.readline()
    with Relay(lambda to, _: Mood.REFUSE if to.startswith("r1") else Mood.ACCEPT) as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))

    out, told = watching.communicate(timeout=PATIENCE)

    assert first == f"Edition {issue.edition_id}: sending, 0 of 20\n"
    assert told.splitlines()[-1].startswith(
        f"Edition {issue.edition_id}: finished, 20 of 20, 11 refused"
    )
    assert len(told.splitlines()) <= 11
    end = json.loads(out)
    assert (end["state"], end["readers"], end["accepted"], end["pending"]) == ("finished", 20, 9, 0)
    assert watching.returncode == 0


def test_whoever_watches_a_new_sender_is_told_how_much_a_day_holds(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        # Nobody watches a paused one any longer.
        control.pause(session, issue.edition_id, now=clock.now)

    def watch_from_the_first_day(today: date) -> "subprocess.CompletedProcess[str]":
        shell.environment["CRIEUR_WARM_UP"] = f"example.org@{today}"
        return shell.run("watch", str(issue.edition_id))

    ended = on_one_day(watch_from_the_first_day)

    assert "example.org is a new sender" in ended.stderr.splitlines()[0]
    assert "200 messages today" in ended.stderr.splitlines()[0]


def test_a_terminal_has_a_bar(runtime: Runtime, clock: FakeClock, shell: Shell) -> None:
    issue = an_issue(runtime.begin, clock)
    ours, theirs = pty.openpty()
    watching = shell.start("watch", str(issue.edition_id), terminal=theirs)
    os.close(theirs)
    drawn = os.read(ours, 1000)
    with Relay() as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))
    # The terminal gives 4 KB at a time, and an error when its last writer has gone.
    with suppress(OSError):
        while more := os.read(ours, 100_000):
            drawn += more
    watching.wait(PATIENCE)
    os.close(ours)

    seen = drawn.decode()
    assert "━" in seen
    assert "finished, 3 of 3" in seen


def test_ctrl_c_leaves_the_sending_alone_and_says_so(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    watching = shell.start("watch", str(issue.edition_id))
    assert watching.stderr is not None
    watching.stderr.readline()
    watching.send_signal(signal.SIGINT)

    _, told = watching.communicate(timeout=PATIENCE)

    assert watching.returncode == 130
    assert told == (
        f"The workers continue. 'crieur edition watch {issue.edition_id}' shows progress again, "
        f"'crieur edition pause {issue.edition_id}' stops them.\n"
    )
    assert books(runtime.begin, issue).state == "sending"
    assert not books(runtime.begin, issue).paused


def test_a_ctrl_c_that_python_dropped_ends_the_watching_all_the_same(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    pressed = threading.Event()
    pressed.set()

    with pytest.raises(KeyboardInterrupt):
        watch._follow(runtime, issue.edition_id, watch._PlainScreen(), interrupted=pressed)


def test_whoever_watches_is_told_why_it_paused_itself(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    watching = shell.start("watch", str(issue.edition_id), "--json")
    assert watching.stderr is not None
    watching.stderr.readline()
    with runtime.begin() as session:
        control.pause(
            session, issue.edition_id, now=clock.now, note=verbatim("Paused by itself: too hot.")
        )

    out, told = watching.communicate(timeout=PATIENCE)

    assert "is paused. Paused by itself: too hot. 'crieur edition resume" in told
    assert json.loads(out)["note"] == "Paused by itself: too hot."
    assert watching.returncode == 1


def test_whoever_watches_is_told_once_which_relay_lets_nobody_in(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    now = system_clock()
    why = {"reason": translatable("relay.no_starttls"), "advice": verbatim("try another port")}
    with runtime.begin() as session:
        relays.keep(session, "mail.example.org:25", why, now=now, old=now)
    watching = shell.start("watch", str(issue.edition_id))
    assert watching.stderr is not None
    first = [watching.stderr.readline() for _ in range(2)]
    # The next try tells the same, later.
    with runtime.begin() as session:
        relays.keep(session, "mail.example.org:25", why, now=system_clock(), old=now)
        control.pause(session, issue.edition_id, now=clock.now)

    _, rest = watching.communicate(timeout=PATIENCE)

    assert first[1] == (
        "mail.example.org:25 accepts no connection: the relay offers no STARTTLS; "
        "try another port.\n"
    )
    assert "STARTTLS" not in rest


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
        said = shell.run(act, str(issue.edition_id))
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


def test_who_gets_it_later_at_their_own_time_is_told(runtime: Runtime, clock: FakeClock) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        found = progress.get_progress(session, issue.edition_id, now=clock.now)
    seven = datetime(2023, 2, 8, 7, tzinfo=UTC)
    waves = [
        DeliveryWave(at=seven, readers=2, has_begun=True),
        DeliveryWave(at=seven + timedelta(hours=3), readers=1, has_begun=False),
    ]

    told = watch.describe_progress(replace(found, waves=waves))

    assert told == "sending, 0 of 3, 1 at their own time from 10:00 UTC"


def test_an_edition_that_does_not_exist_cannot_be_watched(shell: Shell, runtime: Runtime) -> None:
    ended = shell.run("watch", "99")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "crieur: There is no edition 99: see 'crieur edition list'.\n"


def test_the_list_says_what_waits_for_an_operator(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    before = shell.run("list").stdout
    with runtime.begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)

    after = shell.run("list").stdout

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
        told = shell.run(command, str(issue.edition_id)).stdout
        stored = json.loads(shell.run(command, str(issue.edition_id), "--json").stdout)

        assert "Paused automatically: 10.0 % of the messages are refused" in told
        assert "note_" not in told
        assert stored["note"] == str(note)
        assert (stored["note_key"], stored["note_params"]) == (note.key, {"share": 10.0})


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
    said = shell.run(act, str(issue.edition_id), *extra)

    assert said.returncode == 0
    assert f"Edition {issue.edition_id} continues." in said.stdout + said.stderr
    assert "until 'crieur sending enable'" in said.stdout + said.stderr


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

    known = shell.run("build", slug, "--slot", f"{hour:%Y-%m-%d %H:%M}")
    stray = shell.run("build", slug, "--slot", f"{hour:%Y-%m-%d %H}:01")

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

    refused = shell.run("build", slug, "--slot", slot)

    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    with runtime.begin() as session:
        assert recent_editions(session) == []


def test_what_is_decided_in_a_terminal_stands_in_the_audit_trail(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    acts = ["pause", "resume", "approve", "cancel"]

    # The terminal's clock is years later than the test's.
    long = {"resume": ["--valid-hours", "6"]}
    said = [shell.run(act, str(issue.edition_id), *long.get(act, [])) for act in acts]
    too_late = shell.run("resume", str(issue.edition_id))

    assert [each.returncode for each in said] == [0] * 4
    assert too_late.returncode == 1
    assert "is cancelled: there is nothing left to send." in too_late.stderr
    with runtime.begin() as session:
        trail = [(entry.event, entry.facts) for entry in reversed(audit.recent_entries(session))]
    assert trail == [(f"edition.{act}", {"edition_id": issue.edition_id}) for act in acts]


def test_what_changes_nothing_is_refused_and_not_in_the_audit_trail(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    edition = an_issue(runtime.begin, clock).edition_id

    resumed = shell.run("resume", str(edition))
    paused = shell.run("pause", str(edition))
    again = shell.run("pause", str(edition))

    assert (resumed.returncode, paused.returncode, again.returncode) == (1, 0, 1)
    assert f"crieur: Edition {edition} is sending, not paused" in resumed.stderr
    assert f"crieur: Edition {edition} is paused already." in again.stderr
    with runtime.begin() as session:
        assert [entry.event for entry in audit.recent_entries(session)] == ["edition.pause"]


def test_a_held_edition_that_was_paused_is_resumed_then_sent(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=clock.now)
        edition = plan.plan_now(session, newsletter.id, now=clock.now, held=True).id
        control.pause(session, edition, now=clock.now)

    sent = shell.run("send", str(edition), "--no-wait")
    resumed = shell.run("resume", str(edition))
    sent_then = shell.run("send", str(edition), "--no-wait")

    assert (sent.returncode, resumed.returncode, sent_then.returncode) == (1, 0, 0)
    assert f"Edition {edition} is held and paused: resume it first" in sent.stderr
    assert f"it waits for 'crieur edition approve {edition}'" in resumed.stdout


def test_resuming_too_late_says_how_many_would_get_nothing_and_what_to_do(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock)
    number = str(issue.edition_id)
    shell.run("pause", number)

    told = [shell.run(act, number) for act in ("resume", "approve")]
    nonsense = shell.run("resume", number, "--valid-hours", "nan")
    shell.run("resume", number, "--valid-hours", "6")

    assert {each.returncode for each in told} == {1}
    for each in told:
        assert f"{len(issue.readers)} readers would get nothing" in each.stderr
        assert f"'crieur edition resume {number} --valid-hours 6'" in each.stderr
    assert nonsense.returncode == 1
    with runtime.begin() as session:
        edition = get_edition(session, issue.edition_id)
        assert edition.paused_at is None
        assert edition.expires_at is not None


def test_what_is_built_stays_when_nobody_reads_the_answer(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    with runtime.begin() as session:
        slug = a_newsletter(session, now=clock.now).slug
    building = shell.start("build", slug)
    assert building.stdout is not None
    building.stdout.close()

    building.wait(PATIENCE)

    with runtime.begin() as session:
        assert len(recent_editions(session)) == 1


def test_who_sends_without_workers_hears_at_once_that_the_relay_lets_nobody_in(
    runtime: Runtime, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, FakeClock(now=system_clock()))
    with silent_relay() as port:
        shell.environment["CRIEUR_SMTP_URL"] = f"smtp://127.0.0.1:{port}?starttls=never"
        sending = shell.start("send", str(issue.edition_id), "--here")
        assert sending.stderr is not None

        first = sending.stderr.readline()
        sending.terminate()

    assert first == f"Edition {issue.edition_id}: sending, 0 of 3\n"
    sending.wait(PATIENCE)


def test_who_sends_without_workers_is_told_what_has_not_left(
    runtime: Runtime, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, FakeClock(now=system_clock()))
    with socket.socket() as taken:
        # Bound and not listening: nobody else can take the mails meanwhile.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        shell.environment["CRIEUR_SMTP_URL"] = f"smtp://127.0.0.1:{port}?starttls=never"

        ended = shell.run("send", str(issue.edition_id), "--here", "--json")

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

    shown = shell.run("show", str(number)).stdout
    told = json.loads(shell.run("show", str(number), "--json").stdout)["articles"]

    assert "Deux (withdrawn)" in shown
    assert "Un (withdrawn)" not in shown
    assert {each["title"]: each["withdrawn"] for each in told} == {"Un": False, "Deux": True}
