"""The actors around the room: settings become a crew, ids become mails."""

import contextlib
import math
from dataclasses import replace

import pytest
import structlog

from service.boot import Runtime, send_dependencies
from service.jobs.catalogue import ALL, BUILD_EDITION, SEND_EDITION
from service.kit.errors import Misconfigured
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import an_issue, books, states
from workers import build_edition, send_edition, send_notice
from workers.actor_adapter import adapt_actor
from workers.actors import register_actors
from workers.concurrency import editions_underway, max_editions


def test_a_job_message_sends_an_edition_and_a_second_one_sends_nothing(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    issue = an_issue(runtime.begin, clock)

    send_edition.run(runtime, edition_id=issue.edition_id)
    send_edition.run(runtime, edition_id=issue.edition_id)

    assert len(sink.messages) == 3
    assert books(runtime.begin, issue).state == "finished"


def test_a_job_message_sends_a_notice(runtime: Runtime, clock: FakeClock, sink: Sink) -> None:

    with runtime.begin() as session:
        paper = a_newsletter(session, now=clock.now)
        reader = a_reader(session, paper, now=clock.now, address="awa@example.org")
        notice_id = a_goodbye(session, paper.id, reader.subscriber_id, now=clock.now)

    send_notice.run(runtime, notice_id=notice_id)

    assert len(sink.to("awa@example.org")) == 1


def test_without_a_relay_the_setting_is_named(runtime: Runtime) -> None:
    without = replace(runtime, relays=[])

    with pytest.raises(Misconfigured, match="CRIEUR_SMTP_URL is missing"):
        send_dependencies(without)


def test_a_worker_without_a_relay_says_so_once_and_leaves_the_work(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    act = adapt_actor(send_edition.run, replace(runtime, relays=[]))

    with structlog.testing.capture_logs() as logs:
        act(edition_id=issue.edition_id)
        act(edition_id=issue.edition_id)

    (told,) = [each for each in logs if each["event"] == "worker.misconfigured"]
    assert "CRIEUR_SMTP_URL is missing" in told["advice"]
    assert books(runtime.begin, issue).pending == 3


def test_no_limit_of_time_throws_an_exception_into_the_middle_of_a_mail(runtime: Runtime) -> None:
    """A slow relay and ten million readers take hours; dramatiq's own limit is ten minutes."""
    register_actors(runtime)

    limits = {job: runtime.broker.get_actor(job.name).options["time_limit"] for job in ALL}
    assert limits[SEND_EDITION] == limits[BUILD_EDITION] == math.inf
    assert all(limits.values())


def test_editions_that_are_built_and_sent_leave_a_thread_for_what_people_wait_for(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    limit = max_editions(runtime.settings.worker_threads)

    with contextlib.ExitStack() as sends:
        for other in range(limit):
            assert sends.enter_context(editions_underway.acquire(-other - 1, limit=limit))
        build_edition.run(runtime, edition_id=issue.edition_id)
        assert states(runtime.begin, issue) == []
        assert editions_underway.is_contended()
    build_edition.run(runtime, edition_id=issue.edition_id)

    assert states(runtime.begin, issue) == ["pending"] * 3
