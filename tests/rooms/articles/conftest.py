"""Feeds on a site of our own, polled at the test's own time."""

from collections.abc import Callable, Iterator
from datetime import UTC

import pytest

from service.articles.feeds import poll
from service.articles.feeds.store_items import PollResult
from service.boot import Runtime
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer

Poll = Callable[..., PollResult]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def ask(runtime: Runtime, site: Site, clock: FakeClock) -> Poll:
    """Poll a feed that lists these items, half an hour after the last time."""
    feeds: dict[str, int] = {}

    def listed(*items: str, path: str = "/flux") -> PollResult:
        body = f'<rss version="2.0"><channel><title>F</title>{"".join(items)}</channel></rss>'
        site.pages[path] = answer(body.encode())
        clock.advance(hours=2)
        if path not in feeds:
            with runtime.begin() as session:
                if not feeds:
                    a_newsletter(session, "Politique", "Économie", now=clock())
                feeds[path] = poll.add_feed(session, site.url + path, newsletter_id=1, now=clock())
        polled = poll.poll_feed(
            runtime.begin, feeds[path], clock=clock, zone=UTC, allow_private=True
        )
        assert polled is not None
        assert polled.error is None
        return polled

    return listed
