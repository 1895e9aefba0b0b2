"""A poisoned edition is paused by itself, says why, and goes on once somebody has mended it."""

import errno
from collections.abc import Callable
from datetime import timedelta

import pytest
from jinja2 import TemplateNotFound
from pydantic import SecretStr
from redis import RedisError
from sqlalchemy import text

from service.boot import Runtime, build
from service.delivery import setbacks
from service.delivery.notices import queue_notice
from service.delivery.setbacks import passes_by_itself
from service.editions import desk
from service.editions.tables import Edition
from service.kit import outbox
from service.kit.db import DatabaseAway
from service.kit.errors import Unavailable
from service.kit.outbox import Doorbell
from service.scheduler.tick import tick
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.sending import Issue, an_issue, books
from workers import build_edition, send_edition, send_notice
from workers.bind import bind


def edition(runtime: Runtime, issue: Issue) -> Edition:
    with runtime.begin() as session:
        return desk.get(session, issue.edition_id)


def change(runtime: Runtime, statement: str, **values: object) -> None:
    with runtime.begin() as session:
        session.execute(text(statement), values)


@pytest.fixture
def build_it(runtime: Runtime) -> Callable[..., None]:
    return bind(build_edition.run, runtime)


@pytest.fixture
def send_it(runtime: Runtime) -> Callable[..., None]:
    return bind(send_edition.run, runtime)


def test_an_address_that_no_mail_can_carry_stops_before_the_freeze_and_may_be_mended(
    runtime: Runtime, clock: FakeClock, sink: Sink, build_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    change(runtime, "UPDATE newsletter SET sender_address = 'rené@example.org'")

    build_it(edition_id=issue.edition_id)

    stopped = edition(runtime, issue)
    assert stopped.paused_at is not None
    assert stopped.state == "selected"
    assert stopped.note == (
        "No mail can carry the sender's address: correct it in the newsletter, then resume."
    )

    change(runtime, "UPDATE newsletter SET sender_address = 'rene@example.org'")
    with runtime.begin() as session:
        desk.resume(session, issue.edition_id, now=clock())
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

    assert "reply address" in (edition(runtime, issue).note or "")
    assert not sink.messages

    change(runtime, "UPDATE newsletter SET reply_to = NULL")
    with runtime.begin() as session:
        desk.resume(session, issue.edition_id, now=clock())
    send_it(edition_id=issue.edition_id)

    assert {each.mail["From"] for each in sink.messages} == {"Le Matin <matin@example.org>"}
    assert edition(runtime, issue).state == "finished"


def test_an_edition_that_cannot_be_rendered_is_paused_at_the_third_time(
    runtime: Runtime, clock: FakeClock, build_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    change(runtime, "UPDATE newsletter SET time_zone = 'Mars/Olympus'")

    for _ in range(setbacks.MOST - 1):
        build_it(edition_id=issue.edition_id)
    assert edition(runtime, issue).paused_at is None

    build_it(edition_id=issue.edition_id)

    stopped = edition(runtime, issue)
    assert stopped.paused_at is not None
    assert (stopped.note or "").startswith(
        "Paused by itself: it failed 3 times in a row (ZoneInfoNotFoundError in service/"
    )
    assert "Mars" not in (stopped.note or "")
    assert doorbells_after_a_tick(runtime) == []


def test_an_edition_that_cannot_be_composed_is_paused_and_goes_on_once_it_is_mended(
    runtime: Runtime, clock: FakeClock, sink: Sink, send_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock)
    change(runtime, "UPDATE edition SET frozen = frozen - 'slug'")

    for _ in range(setbacks.MOST):
        send_it(edition_id=issue.edition_id)

    assert "3 times in a row (KeyError in service/" in (edition(runtime, issue).note or "")
    assert not sink.messages
    assert books(runtime.begin, issue).pending == 3
    assert doorbells_after_a_tick(runtime) == []

    change(runtime, "UPDATE edition SET frozen = jsonb_set(frozen, '{slug}', '\"le-matin\"')")
    with runtime.begin() as session:
        desk.resume(session, issue.edition_id, now=clock())
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

    for number in range(2 * setbacks.MOST):
        setbacks.meet(runtime.begin, issue.edition_id, error, now=clock())
        change(
            runtime,
            f"INSERT INTO tally (edition_id, at, {line}) VALUES (:id, :at, :one)",
            id=issue.edition_id,
            at=clock(),
            one=number + 1,
        )

    stopped = edition(runtime, issue)
    assert (stopped.paused_at is not None) is pauses
    assert stopped.setbacks == (setbacks.MOST if pauses else 1)


def test_a_variant_that_was_lost_is_rendered_again(
    runtime: Runtime, clock: FakeClock, sink: Sink, send_it: Callable[..., None]
) -> None:
    issue = an_issue(runtime.begin, clock)
    change(runtime, "DELETE FROM part")

    send_it(edition_id=issue.edition_id)

    assert len(sink.messages) == 3
    assert edition(runtime, issue).state == "finished"


def test_what_passes_by_itself_is_not_counted(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    issue = an_issue(runtime.begin, clock)
    url = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
    away = build(runtime.settings.model_copy(update={"database_url": SecretStr(url)}), clock=clock)
    act = bind(send_edition.run, away)

    for _ in range(2 * setbacks.MOST):
        with pytest.raises(DatabaseAway):
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
        (FileNotFoundError(errno.ENOENT, "no such file"), False),
    ],
)
def test_only_what_lies_outside_passes_by_itself(error: Exception, passes: bool) -> None:
    assert passes_by_itself(error) is passes


def test_a_notice_that_cannot_be_written_waits_and_goes_out_once_it_can(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    with runtime.begin() as session:
        paper = a_newsletter(session, now=clock.now)
        reader = a_reader(session, paper, now=clock.now, address="awa@example.org")
        notice_id = queue_notice(
            session,
            kind="goodbye",
            newsletter_id=paper.id,
            subscriber_id=reader.subscriber_id,
            facts={},
            now=clock.now,
            valid_for=timedelta(hours=1),
        )
    change(runtime, "UPDATE newsletter SET sender_address = 'rené@example.org'")

    send_notice.run(runtime, notice_id=notice_id)
    send_notice.run(runtime, notice_id=notice_id)

    with runtime.begin() as session:
        attempts, reason = session.execute(text("SELECT attempts, reason FROM notice")).one()
    assert attempts == 1
    assert reason == "this mail could not be written (Invalid)"

    change(runtime, "UPDATE newsletter SET sender_address = 'rene@example.org'")
    clock.advance(minutes=5)
    send_notice.run(runtime, notice_id=notice_id)

    assert len(sink.to("awa@example.org")) == 1


def doorbells_after_a_tick(runtime: Runtime) -> list[Doorbell]:
    with runtime.begin() as session:
        outbox.take_due(session, now=runtime.clock())
    tick(runtime)
    with runtime.begin() as session:
        found = outbox.take_due(session, now=runtime.clock())
        return [each for each in found if each.job in {"build_edition", "send_edition"}]
