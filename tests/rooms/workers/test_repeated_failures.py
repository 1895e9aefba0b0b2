"""Work that fails every time is set aside with a note; what lies beside it goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from service.articles import find
from service.articles.feeds import poll
from service.audience.tables import Suppression
from service.boot import Runtime
from service.delivery.tables import Attempt
from service.outcomes import classify_refusals, process_reports
from service.outcomes.tables import InboundReport
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer
from tests.rooms.delivery.harness import an_issue
from workers import poll_feed, record_outcome, record_refusals, repeated_failures
from workers.actor_adapter import adapt_actor

UNKNOWN = "550 5.1.1 No such user here"
FEED = (
    '<rss version="2.0"><channel><title>Flux</title><item><title>Poison</title>'
    "<link>https://courrier.example/1</link><pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate>"
    "</item></channel></rss>"
)


def change(runtime: Runtime, statement: str, **values: object) -> None:
    with runtime.begin() as session:
        session.execute(text(statement), values)


def reports(runtime: Runtime) -> list[InboundReport]:
    with runtime.begin() as session:
        return list(session.scalars(select(InboundReport).order_by(InboundReport.id)))


def run_job(job: Callable[..., None], runtime: Runtime, **ids: int) -> None:
    for _ in range(repeated_failures.MAX_FAILURES):
        adapt_actor(job, runtime)(**ids)


def test_a_returned_mail_that_cannot_be_understood_is_closed_and_kept(
    runtime: Runtime, clock: FakeClock
) -> None:
    taken = process_reports.InboundMessage(
        raw=b"Subject: x\r\n\r\nx", envelope_to=None, channel="pipe"
    )
    with runtime.begin() as session:
        report_id = process_reports.store_report(session, taken, now=clock.now)
    assert report_id is not None
    # Any note but that it was set aside is more than the table takes.
    change(
        runtime,
        "ALTER TABLE report ADD CHECK (note IS NULL OR note ->> 'key' = 'report.set_aside')",
    )

    adapt_actor(record_outcome.run, runtime)(report_id=report_id)
    assert reports(runtime)[0].processed_at is None
    run_job(record_outcome.run, runtime, report_id=report_id)

    (kept,) = reports(runtime)
    assert kept.processed_at == clock.now
    assert kept.raw == taken.raw
    assert kept.note is not None
    assert "IntegrityError in workers/record_outcome.py" in str(kept.note)
    clock.advance(minutes=5)
    with runtime.begin() as session:
        assert process_reports.unprocessed_reports(session, now=clock.now) == []


def test_one_refusal_that_cannot_be_judged_keeps_none_of_the_others(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 3)
    first, poisoned, last = issue.readers.values()
    with runtime.begin() as session:
        session.execute(
            insert(Attempt),
            [
                {
                    "edition_id": issue.edition_id,
                    "subscriber_id": reader,
                    "at": clock.now,
                    "result": "refused",
                    "reply": UNKNOWN,
                }
                for reader in (first, poisoned, last)
            ],
        )
        session.execute(text("UPDATE batch SET done_at = :now"), {"now": clock.now})
    change(runtime, f"ALTER TABLE outcome ADD CHECK (subscriber_id <> {poisoned})")

    run_job(record_refusals.run, runtime, edition_id=issue.edition_id)

    with runtime.begin() as session:
        assert set(session.scalars(select(Suppression.subscriber_id))) == {first, last}
        assert (
            classify_refusals.editions_with_unclassified_refusals(
                session, now=clock.now + timedelta(hours=1)
            )
            == []
        )
    (note,) = [each.note for each in reports(runtime) if each.note]
    assert "set aside" in str(note)
    assert "IntegrityError" in str(note)


@pytest.mark.parametrize("times", [1, 3])
def test_a_feed_on_which_reading_fails_is_asked_later_each_time(
    runtime: Runtime, clock: FakeClock, times: int
) -> None:
    with Site() as site:
        site.pages["/flux"] = answer(FEED.encode())
        with runtime.begin() as session:
            newsletter = a_newsletter(session, "Continent", now=clock.now)
            feed_id = poll.add_feed(
                session, f"{site.url}/flux", newsletter_id=newsletter.id, now=clock.now
            )
        change(runtime, "ALTER TABLE article ADD CHECK (title <> 'Poison')")
        for _ in range(times):
            adapt_actor(poll_feed.run, runtime)(feed_id=feed_id)
            clock.advance(hours=2)

    with runtime.begin() as session:
        feed = find.get_feed(session, feed_id)
    assert feed.failures == times
    assert feed.last_error is not None
    assert "IntegrityError in service/articles/" in str(feed.last_error)
    assert feed.next_poll_at - clock.now + timedelta(hours=2) > timedelta(minutes=8) * times
