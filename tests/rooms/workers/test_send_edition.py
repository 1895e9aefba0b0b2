"""The job that sends an edition, as often as it is asked for."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from sqlalchemy import text

from service.boot import Runtime
from service.editions.alert import AlertAuthor, make_alert
from service.kit.errors import Misconfigured
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import an_issue, books
from workers import build_edition, send_edition
from workers.concurrency import editions_underway, max_editions
from workers.process import draining


def test_a_job_message_sends_an_edition_and_a_second_one_sends_nothing(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """Messages are repeated whenever one may be lost; a reader must not notice."""
    issue = an_issue(runtime.begin, clock)

    send_edition.run(runtime, edition_id=issue.edition_id)
    send_edition.run(runtime, edition_id=issue.edition_id)

    assert len(sink.messages) == 3
    assert books(runtime.begin, issue).state == "finished"


def test_a_variant_that_was_lost_is_rendered_again(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """A dump may come without that table, and its editions still have readers who wait."""
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        session.execute(text("DELETE FROM part"))

    send_edition.run(runtime, edition_id=issue.edition_id)

    assert len(sink.messages) == 3
    assert books(runtime.begin, issue).state == "finished"


def test_an_edition_that_this_process_sends_already_is_left_to_it(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """A second run would only share its connections, and take a thread from other work."""
    issue = an_issue(runtime.begin, clock)
    limit = max_editions(runtime.settings.worker_threads)

    with editions_underway.acquire(issue.edition_id, limit=limit):
        send_edition.run(runtime, edition_id=issue.edition_id)
        assert sink.messages == []
    send_edition.run(runtime, edition_id=issue.edition_id)

    assert len(sink.messages) == 3


def test_an_alert_passes_the_digests_that_a_process_is_sending(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """A million readers' digest takes minutes, and breaking news does not wait for it."""
    digest = an_issue(runtime.begin, clock)
    limit = max_editions(runtime.settings.worker_threads)
    with runtime.begin() as session:
        paper = a_newsletter(session, "Sport", now=clock(), slug="alertes", offers_alerts=True)
        a_reader(session, paper, now=clock(), alerts=True, address="awa@example.org")
        article = an_article(session, "Sport", seen=clock()).id
        made = make_alert(session, paper, [article], AlertAuthor(), now=clock())
        assert made is not None

    with ExitStack() as busy:
        for other in range(limit):
            busy.enter_context(editions_underway.acquire(-other - 1, limit=limit))
        send_edition.run(runtime, edition_id=digest.edition_id)
        build_edition.run(runtime, edition_id=made.edition_id)
        send_edition.run(runtime, edition_id=made.edition_id)

    assert [each.recipient for each in sink.messages] == ["awa@example.org"]


def test_a_process_that_drains_begins_no_message(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """It would be killed in the middle of one; whoever goes on finds everything due at once."""
    issue = an_issue(runtime.begin, clock)
    draining.set()
    try:
        send_edition.run(runtime, edition_id=issue.edition_id)
    finally:
        draining.clear()

    assert sink.messages == []
    assert (books(runtime.begin, issue).pending, books(runtime.begin, issue).leased) == (3, 0)


def test_without_a_relay_nothing_is_leased_and_the_setting_is_named(
    runtime: Runtime, clock: FakeClock
) -> None:
    """A lease would keep the readers from whoever has a relay."""
    issue = an_issue(runtime.begin, clock)

    with pytest.raises(Misconfigured, match="CRIEUR_SMTP_URL is missing"):
        send_edition.run(replace(runtime, relays=[]), edition_id=issue.edition_id)

    assert books(runtime.begin, issue).leased == 0
