"""The job that polls one feed."""

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from service import metrics
from service.articles.feeds import poll
from service.boot import Runtime
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer
from workers import poll_feed

FEED = (
    b'<rss version="2.0"><channel><title>Flux</title><item><title>Un titre neuf</title>'
    b"<link>https://courrier.example/1</link><pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate>"
    b"</item></channel></rss>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def test_polls_are_counted_by_their_result(runtime: Runtime, site: Site, clock: FakeClock) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Continent", now=clock.now)
        feed_id = poll.add_feed(
            session, f"{site.url}/flux", newsletter_id=newsletter.id, now=clock.now
        )
    counted = CollectorRegistry()
    metrics.FEED_POLLS.attach(counted)

    for page in (FEED, FEED, b"no feed"):
        site.pages["/flux"] = answer(page)
        poll_feed.run(runtime, feed_id=feed_id)
        poll_feed.run(runtime, feed_id=feed_id)  # It is not due.
        clock.advance(hours=2)

    name, results = "crieur_feed_polls_total", ("changed", "unchanged", "failed")
    assert [counted.get_sample_value(name, {"result": each}) for each in results] == [1, 1, 1]
