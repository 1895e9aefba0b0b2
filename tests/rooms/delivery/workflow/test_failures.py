"""A poisoned edition is paused by itself, says why, and goes on once somebody has mended it."""

import errno
from collections.abc import Callable

import pytest
from jinja2 import TemplateNotFound
from pydantic import SecretStr
from redis import RedisError
from sqlalchemy import text

from service.articles.withdraw import withdraw
from service.boot import Runtime, build_runtime
from service.delivery.workflow import failures
from service.delivery.workflow.failures import is_transient
from service.delivery.workflow.resend import resend_refused
from service.editions import build_lease, control, revise
from service.editions.find import edition_articles, get_edition
from service.editions.read_models import EditionDetails
from service.jobs import outbox
from service.jobs.outbox import JobMessage
from service.kit.db import DatabaseUnavailable
from service.kit.errors import Unavailable
from service.kit.translatable import translatable, verbatim
from service.replies.classification import Fault
from service.scheduler.tick import tick
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Mood
from tests.fakes.relay import Relay as FakeRelay
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import (
    Issue,
    abandon_build,
    an_issue,
    books,
    send,
    send_deps,
    web_version_of,
)
from workers import build_edition, send_edition, send_notice
from workers.actor_adapter import adapt_actor


def edition(runtime: Runtime, issue: Issue) -> EditionDetails:
    with runtime.begin() as session:
        return get_edition(session, issue.edition_id)


def change(runtime: Runtime, statement: str, **values: object) -> None:
    with runtime.begin() as session:
        session.execute(text(statement), values)


@pytest.fixture
def build_it(runtime: Runtime) -> Callable[..., None]:
    return adapt_actor(build_edition.run, runtime)


@pytest.fixture
def send_it(runtime: Runtime) -> Callable[..., None]:
    return adapt_actor(send_edition.run, runtime)


def test_an_address_that_no_mail_can_carry_stops_before_the_freeze_and_may_be_mended(
    runtime: Runtime, clock: FakeClock, sink: Sink, build_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    change(runtime, "UPDATE newsletter SET sender_address = 'rené@example.org'")

    build_it(edition_id=issue.edition_id)

    stopped = edition(runtime, issue)
    assert stopped.paused_at is not None
    assert stopped.state == "selected"
    assert stopped.note == translatable("edition.sender_address")

    change(runtime, "UPDATE newsletter SET sender_address = 'rene@example.org'")
    with runtime.begin() as session:
        control.resume(session, issue.edition_id, now=clock())
    build_it(edition_id=issue.edition_id)
    send_edition.run(runtime, edition_id=issue.edition_id)

    assert edition(runtime, issue).state == "finished"
    assert len(sink.messages) == 3


def test_an_edition_frozen_with_such_an_address_takes_the_newsletters_present_one(
    runtime: Runtime, clock: FakeClock, sink: Sink, send_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock)
    bad = (
        "UPDATE edition SET frozen = jsonb_set(frozen, '{sender_address}', '\"rené@example.org\"')"
    )
    change(runtime, bad)
    change(runtime, "UPDATE newsletter SET reply_to = 'zoé@example.org'")

    send_it(edition_id=issue.edition_id)

    assert "reply address" in str(edition(runtime, issue).note)
    assert not sink.messages

    change(runtime, "UPDATE newsletter SET reply_to = NULL")
    with runtime.begin() as session:
        control.resume(session, issue.edition_id, now=clock())
    send_it(edition_id=issue.edition_id)

    assert {each.mail["From"] for each in sink.messages} == {"Le Matin <matin@example.org>"}
    assert edition(runtime, issue).state == "finished"


def test_an_edition_that_cannot_be_rendered_is_paused_at_the_third_time(
    runtime: Runtime, clock: FakeClock, build_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    change(runtime, "UPDATE newsletter SET time_zone = 'Mars/Olympus'")

    for _ in range(failures.MAX_FAILURES - 1):
        build_it(edition_id=issue.edition_id)
    assert edition(runtime, issue).paused_at is None

    build_it(edition_id=issue.edition_id)

    stopped = edition(runtime, issue)
    assert stopped.paused_at is not None
    assert str(stopped.note).startswith(
        "Paused automatically: it failed 3 times in a row (ZoneInfoNotFoundError in service/"
    )
    assert "Mars" not in str(stopped.note)
    assert job_messages_after_a_tick(runtime) == []


def test_an_edition_that_cannot_be_composed_is_paused_and_goes_on_once_it_is_mended(
    runtime: Runtime, clock: FakeClock, sink: Sink, send_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock)
    change(runtime, "UPDATE edition SET frozen = frozen - 'slug'")

    for _ in range(failures.MAX_FAILURES):
        send_it(edition_id=issue.edition_id)

    assert "3 times in a row (KeyError in service/" in str(edition(runtime, issue).note)
    assert not sink.messages
    assert books(runtime.begin, issue).pending == 3
    assert job_messages_after_a_tick(runtime) == []

    change(runtime, "UPDATE edition SET frozen = jsonb_set(frozen, '{slug}', '\"le-matin\"')")
    with runtime.begin() as session:
        control.resume(session, issue.edition_id, now=clock())
    send_it(edition_id=issue.edition_id)

    assert len(sink.messages) == 3
    assert edition(runtime, issue).setbacks == 0


@pytest.mark.parametrize(
    ("line", "pauses"), [("accepted", False), ("refused", False), ("deferred", True)]
)
def test_failures_with_progress_between_them_pause_nothing(
    runtime: Runtime, clock: FakeClock, sink: Sink, line: str, pauses: bool
) -> None:
    issue = an_issue(runtime.begin, clock)
    error = KeyError("x")

    for number in range(2 * failures.MAX_FAILURES):
        failures.record_failure(runtime.begin, issue.edition_id, error, now=clock())
        change(
            runtime,
            f"INSERT INTO tally (edition_id, at, {line}) VALUES (:id, :at, :one)",
            id=issue.edition_id,
            at=clock(),
            one=number + 1,
        )

    stopped = edition(runtime, issue)
    assert (stopped.paused_at is not None) is pauses
    assert stopped.setbacks == (failures.MAX_FAILURES if pauses else 1)


def test_what_passes_by_itself_is_not_counted(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    issue = an_issue(runtime.begin, clock)
    url = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
    away = build_runtime(
        runtime.settings.model_copy(update={"database_url": SecretStr(url)}), clock=clock
    )
    act = adapt_actor(send_edition.run, away)

    for _ in range(2 * failures.MAX_FAILURES):
        with pytest.raises(DatabaseUnavailable):
            act(edition_id=issue.edition_id)
    away.close()

    assert edition(runtime, issue).setbacks == 0


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (RedisError(), True),
        (Unavailable("away"), True),
        (OSError(errno.ENOSPC, "no space left"), True),
        (ExceptionGroup("all", [ExceptionGroup("in", [TimeoutError()]), ConnectionError()]), True),
        (ExceptionGroup("all", [TimeoutError(), KeyError()]), False),
        (TemplateNotFound("digest/body.html.j2"), False),
        (MemoryError(), False),
        (FileNotFoundError(errno.ENOENT, "no such file"), False),
    ],
)
def test_only_what_lies_outside_passes_by_itself(error: Exception, passes: bool) -> None:
    assert is_transient(error) is passes


def test_a_notice_that_cannot_be_written_waits_and_goes_out_once_it_can(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    with runtime.begin() as session:
        paper = a_newsletter(session, now=clock.now)
        reader = a_reader(session, paper, now=clock.now, address="awa@example.org")
        notice_id = a_goodbye(session, paper.id, reader.subscriber_id, now=clock.now)
    change(runtime, "UPDATE newsletter SET sender_address = 'rené@example.org'")

    send_notice.run(runtime, notice_id=notice_id)
    send_notice.run(runtime, notice_id=notice_id)

    with runtime.begin() as session:
        attempts, reason = session.execute(text("SELECT attempts, reason FROM notice")).one()
    assert attempts == 1
    assert reason == "unwritable"

    change(runtime, "UPDATE newsletter SET sender_address = 'rene@example.org'")
    clock.advance(minutes=5)
    send_notice.run(runtime, notice_id=notice_id)

    assert len(sink.to("awa@example.org")) == 1


def job_messages_after_a_tick(runtime: Runtime) -> list[JobMessage]:
    with runtime.begin() as session:
        outbox.dequeue_due(session, now=runtime.clock())
    tick(runtime)
    with runtime.begin() as session:
        found = outbox.dequeue_due(session, now=runtime.clock())
        return [each for each in found if each.job in {"build_edition", "send_edition"}]


def die_at(runtime: Runtime, issue: Issue) -> None:
    """Take the edition as a builder does, and never come back."""
    with runtime.begin() as session:
        assert build_lease.claim(session, issue.edition_id) is not None
    abandon_build(runtime.begin)


def test_an_edition_at_which_every_builder_dies_is_paused_with_a_note(
    runtime: Runtime, clock: FakeClock, sink: Sink, build_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    die_at(runtime, issue)
    for _ in range(failures.MAX_FAILURES - 1):
        with runtime.begin() as session:
            lease = build_lease.claim(session, issue.edition_id)
            assert lease is not None
            assert lease.was_left
            assert not failures.record_builder_death(session, issue.edition_id, now=clock())
        abandon_build(runtime.begin)

    build_it(edition_id=issue.edition_id)

    stopped = edition(runtime, issue)
    assert stopped.state == "planned"
    assert stopped.paused_at is not None
    assert "the process that built it was killed or stood still" in str(stopped.note)
    assert job_messages_after_a_tick(runtime) == []

    with runtime.begin() as session:
        control.resume(session, issue.edition_id, now=clock())
    build_it(edition_id=issue.edition_id)
    send_edition.run(runtime, edition_id=issue.edition_id)

    assert len(sink.messages) == 3


def test_builders_that_die_after_some_progress_pause_nothing(
    runtime: Runtime, clock: FakeClock, build_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    for step in range(2 * failures.MAX_FAILURES):
        die_at(runtime, issue)
        with runtime.begin() as session:
            assert not failures.record_builder_death(session, issue.edition_id, now=clock())
        change(runtime, f"UPDATE edition SET enrolled_to = {step + 1}")

    build_it(edition_id=issue.edition_id)

    assert edition(runtime, issue).state == "sending"


def withdraw_one(runtime: Runtime, clock: FakeClock, issue: Issue) -> str:
    """Withdraw an article, and die between the new revision and its rendering."""
    with runtime.begin() as session:
        article = edition_articles(session, issue.edition_id)[0][1]
        withdraw(session, article.id, now=clock())
    with runtime.begin() as session:
        assert revise.revise(session, issue.edition_id, now=clock()) == 2
        outbox.dequeue_due(session, now=clock())
    return article.title


@pytest.mark.parametrize("how", ["finished", "cancelled", "paused"])
def test_a_web_version_that_was_left_behind_by_a_death_is_found_again(
    runtime: Runtime, clock: FakeClock, sink: Sink, build_it: Callable[..., None], how: str
) -> None:
    issue = an_issue(runtime.begin, clock)
    if how == "finished":
        send_edition.run(runtime, edition_id=issue.edition_id)
    with runtime.begin() as session:
        if how == "cancelled":
            control.cancel(session, issue.edition_id, now=clock())
        if how == "paused":
            control.pause(session, issue.edition_id, now=clock())
    gone = withdraw_one(runtime, clock, issue)
    assert gone in web_version_of(runtime.begin, issue)

    assert "build_edition" in {each.job for each in job_messages_after_a_tick(runtime)}
    build_it(edition_id=issue.edition_id)

    assert gone not in web_version_of(runtime.begin, issue)
    assert "build_edition" not in {each.job for each in job_messages_after_a_tick(runtime)}
    assert len(sink.messages) == (3 if how == "finished" else 0)


@pytest.mark.parametrize("how", ["finished", "paused"])
def test_a_web_version_that_cannot_be_made_anew_says_so_and_is_left(
    runtime: Runtime, clock: FakeClock, sink: Sink, build_it: Callable[..., None], how: str
) -> None:
    issue = an_issue(runtime.begin, clock)
    if how == "finished":
        send_edition.run(runtime, edition_id=issue.edition_id)
    else:
        with runtime.begin() as session:
            control.pause(
                session, issue.edition_id, now=clock(), note=verbatim("Somebody looks at it.")
            )
    withdraw_one(runtime, clock, issue)
    change(runtime, "UPDATE edition SET frozen = frozen - 'time_zone'")

    for _ in range(2 * failures.MAX_FAILURES):
        build_it(edition_id=issue.edition_id)

    left = edition(runtime, issue)
    before = None if how == "finished" else verbatim("Somebody looks at it.")
    prefix = f"{before} " if before else ""
    assert str(left.note).startswith(prefix + "Its web version could not be rendered again: ")
    assert "The cause: KeyError in service/" in str(left.note)
    assert str(left.note).count("web version") == 1
    assert job_messages_after_a_tick(runtime) == []

    change(
        runtime,
        'UPDATE edition SET frozen = frozen || \'{"time_zone": "Africa/Abidjan"}\'',
    )
    build_it(edition_id=issue.edition_id)

    mended = edition(runtime, issue)
    assert mended.rendered_revision == 2
    assert mended.note == before
    assert mended.setbacks == 0


TOO_MUCH = """
    CREATE TEMP TABLE tall (words text PRIMARY KEY);
    INSERT INTO tall SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500) AS n
    """


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        # A statement that is too much for any server, and one that takes too long.
        (TOO_MUCH, False),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", False),
        ("SET LOCAL lock_timeout = 1; SELECT pg_terminate_backend(pg_backend_pid())", True),
    ],
)
def test_a_database_that_is_there_and_cannot_do_it_is_no_database_that_is_away(
    runtime: Runtime, statement: str, passes: bool
) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, runtime.begin() as session:
        session.connection().exec_driver_sql(statement)

    assert is_transient(caught.value) is passes


def test_an_edition_that_is_sent_again_is_paused_again_when_it_fails(
    runtime: Runtime, clock: FakeClock, build_it: Callable[..., None], send_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock)
    with FakeRelay(lambda *_: Mood.REFUSE_DOT) as relay:
        deps = send_deps(runtime.begin, clock, relay.url)
        send(issue, deps)
    withdraw_one(runtime, clock, issue)
    change(runtime, "UPDATE edition SET frozen = frozen - 'time_zone'")
    for _ in range(failures.MAX_FAILURES):
        build_it(edition_id=issue.edition_id)
    assert edition(runtime, issue).setbacks == failures.MAX_FAILURES

    with runtime.begin() as session:
        faults = (Fault.SENDER, Fault.RELAY, Fault.UNKNOWN)
        assert resend_refused(session, issue.edition_id, faults=faults, now=clock()) == 3
    for _ in range(failures.MAX_FAILURES):
        build_it(edition_id=issue.edition_id)

    stopped = edition(runtime, issue)
    assert stopped.state == "sending"
    assert stopped.paused_at is not None
    assert "3 times in a row (KeyError in service/" in str(stopped.note)
