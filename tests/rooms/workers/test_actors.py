"""Each job has its actor, with the limits that it needs."""

import contextlib
import math
from dataclasses import replace

import pytest

from service.boot import Runtime, send_dependencies
from service.jobs.catalogue import ALL, BUILD_EDITION, SEND_EDITION
from service.kit.errors import Misconfigured
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import an_issue, states
from workers import build_edition, send_notice
from workers.actors import register_actors
from workers.concurrency import editions_underway, max_editions


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


def test_every_job_has_its_actor_in_its_queue_and_dramatiq_repeats_none(runtime: Runtime) -> None:
    """PostgreSQL counts attempts; a repetition that it does not know of is counted nowhere."""
    register_actors(runtime)

    actors = [runtime.broker.get_actor(job.name) for job in ALL]
    assert [actor.queue_name for actor in actors] == [job.queue for job in ALL]
    assert {actor.options["max_retries"] for actor in actors} == {0}
