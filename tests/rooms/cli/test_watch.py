"""What a person who watches an edition being sent is shown."""

import json
import os
import pty
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from service.boot import Runtime
from service.cli import watch
from service.delivery.relay_incidents import queries as relays
from service.editions import control
from service.editions.lifecycle import EditionState
from service.kit.clock import system_clock
from service.kit.translatable import translatable, verbatim
from service.reports import progress
from service.reports.progress import DeliveryWave, EditionProgress
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.cli.one_day import on_one_day
from tests.rooms.cli.shell import PATIENCE, Shell
from tests.rooms.delivery.harness import an_issue, books, send, send_deps


@contextmanager
def silent_relay() -> Iterator[int]:
    """Yield a port whose connections are opened and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_watching_in_a_pipe_tells_a_few_lines_and_ends_with_json(
    runtime: Runtime, clock: FakeClock, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 20)
    watching = shell.start("edition", "watch", str(issue.edition_id), "--json")
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
        return shell.run("edition", "watch", str(issue.edition_id))

    ended = on_one_day(watch_from_the_first_day)

    assert "example.org is a new sender" in ended.stderr.splitlines()[0]
    assert "200 messages today" in ended.stderr.splitlines()[0]


def test_a_terminal_has_a_bar(runtime: Runtime, clock: FakeClock, shell: Shell) -> None:
    issue = an_issue(runtime.begin, clock)
    ours, theirs = pty.openpty()
    watching = shell.start("edition", "watch", str(issue.edition_id), terminal=theirs)
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
    watching = shell.start("edition", "watch", str(issue.edition_id))
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
    watching = shell.start("edition", "watch", str(issue.edition_id), "--json")
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
    watching = shell.start("edition", "watch", str(issue.edition_id))
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
    ended = shell.run("edition", "watch", "99")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "crieur: There is no edition 99: see 'crieur edition list'.\n"


def test_who_sends_without_workers_hears_at_once_that_the_relay_lets_nobody_in(
    runtime: Runtime, shell: Shell
) -> None:
    issue = an_issue(runtime.begin, FakeClock(now=system_clock()))
    with silent_relay() as port:
        shell.environment["CRIEUR_SMTP_URL"] = f"smtp://127.0.0.1:{port}?starttls=never"
        sending = shell.start("edition", "send", str(issue.edition_id), "--here")
        assert sending.stderr is not None

        first = sending.stderr.readline()
        sending.terminate()

    assert first == f"Edition {issue.edition_id}: sending, 0 of 3\n"
    sending.wait(PATIENCE)


def test_a_test_of_two_subjects_is_said_with_its_time_and_is_no_standstill() -> None:
    testing = replace(SENDING, tests_until=datetime(2023, 2, 8, 7, 15, tzinfo=UTC))

    assert "two subjects are tested, to be decided at 07:15 UTC" in watch.describe_progress(testing)
    assert "two subjects" not in watch.describe_progress(SENDING)


SENDING = EditionProgress(
    edition_id=7,
    state=EditionState.SENDING,
    readers=12_000,
    counts=Counter(accepted=2_400, refused=3, uncertain=1),
    came_back={},
    waiting=0,
    paused=False,
    held=False,
    note=None,
)


def test_a_line_of_progress_has_the_counts_that_matter() -> None:
    moving = replace(SENDING, waiting=1_500, rate=1_234.4, left=timedelta(minutes=8))

    assert watch.describe_progress(moving) == (
        "sending, 2,404 of 12,000, 3 refused, 1 uncertain, 1,500 to be tried again, "
        "1,234/s, about 8 min left"
    )


def test_before_readers_are_enrolled_only_the_state_is_known() -> None:
    planned = replace(SENDING, state=EditionState.PLANNED, readers=None, counts=Counter())

    assert watch.describe_progress(planned) == "planned"


def test_a_paused_edition_is_called_paused_in_whatever_state_it_is() -> None:
    assert watch.describe_progress(replace(SENDING, paused=True)).startswith("paused, 2,404 of")


@pytest.mark.parametrize(
    ("rate", "written"), [(0.25, "0.2/s"), (9.9, "9.9/s"), (10.0, "10/s"), (1000.4, "1,000/s")]
)
def test_only_a_small_rate_has_a_decimal(rate: float, written: str) -> None:
    assert watch.describe_progress(replace(SENDING, rate=rate)).endswith(f", {written}")


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (89.4, "89 s"),
        (90, "2 min"),
        (89 * 60, "89 min"),
        (90 * 60, "1 h 30 min"),
        (2 * 3600 + 5 * 60, "2 h 05 min"),
        (30 * 3600, "30 h 00 min"),
    ],
)
def test_the_time_left_is_in_the_unit_that_a_person_counts_in(seconds: float, written: str) -> None:
    waiting = replace(SENDING, left=timedelta(seconds=seconds))

    assert watch.describe_progress(waiting).endswith(f"about {written} left")
