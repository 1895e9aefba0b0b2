"""A site with a feed and a hub, and Crieur's callbacks for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from service.articles.feeds import poll
from service.articles.feeds.store_items import PollResult
from service.articles.tables import Feed, HubSubscription
from service.articles.websub.ask_hub import ask_hub, due_subscriptions
from service.boot import Runtime
from service.web.app import make_app
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.hub import Form, Hub, path_of, verification
from tests.fakes.site import Site, answer

ITEM = (
    "<item><title>Titre {n}</title><link>https://courrier.example/{n}</link>"
    "<pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate></item>"
)
LINKS = (
    '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{hub}"/>'
    '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{topic}"/>'
)


def rss(*numbers: int, links: str = "") -> bytes:
    items = "".join(ITEM.format(n=n) for n in numbers)
    return f'<rss version="2.0"><channel><title>F</title>{links}{items}</channel></rss>'.encode()


@dataclass
class Subscriber:
    """Crieur with one feed, whose hub is asked and calls back."""

    runtime: Runtime
    clock: FakeClock
    site: Site
    hub: Hub
    client: TestClient
    feed_id: int

    def publish(self, *numbers: int, hub: bool = True) -> None:
        links = LINKS.format(hub=self.hub.url, topic=f"{self.site.url}/flux") if hub else ""
        self.site.pages["/flux"] = answer(rss(*numbers, links=links))

    def poll(self) -> PollResult | None:
        return poll.poll_feed(
            self.runtime.begin, self.feed_id, clock=self.clock, zone=UTC, allow_private=True
        )

    def sweep(self, *, public_url: str = "https://newsletters.example.org") -> int:
        """Do what is due at hubs; return how many subscriptions that were."""
        with self.runtime.begin() as session:
            due = due_subscriptions(session, now=self.clock())
        for each in due:
            ask_hub(
                self.runtime.begin,
                each,
                clock=self.clock,
                public_url=public_url,
                allow_private=True,
            )
        return len(due)

    def verify(self, form: Form, **changes: str) -> Response:
        told = {**verification(form), **{f"hub.{key}": value for key, value in changes.items()}}
        answered: Response = self.client.get(path_of(form), params=told)
        return answered

    def subscribe(self) -> Form:
        """Poll, ask the hub and let it verify; return what it was asked."""
        self.publish(1)
        self.poll()
        self.sweep()
        form = self.hub.asked[-1]
        assert self.verify(form).status_code == 200
        return form

    def row(self) -> HubSubscription:
        with self.runtime.begin() as session:
            return session.scalars(select(HubSubscription).order_by(HubSubscription.id)).all()[-1]

    def feed(self) -> Feed:
        with self.runtime.begin() as session:
            return session.get_one(Feed, self.feed_id)


@pytest.fixture
def subscriber(runtime: Runtime, clock: FakeClock) -> Iterator[Subscriber]:
    with Site() as site, TestClient(make_app(runtime)) as client:
        with runtime.begin() as session:
            newsletter = a_newsletter(session, "Continent", now=clock())
            feed_id = poll.add_feed(
                session, f"{site.url}/flux", newsletter_id=newsletter.id, now=clock()
            )
        yield Subscriber(runtime, clock, site, Hub(site), client, feed_id)
