"""A feed is subscribed at the hub that it names now."""

from datetime import UTC, datetime

import pytest

from service.articles.lifecycle import HubSubscriptionState as State
from service.articles.parsed_article import ParsedFeed
from service.articles.websub.want_subscription import HubLinks, find_hub
from service.kit.fetch import FetchedResponse
from tests.rooms.articles.websub.conftest import Subscriber

NOW = datetime(2023, 2, 8, 6, tzinfo=UTC)
URL = "https://courrier.example/flux"
HUB, OTHER, TOPIC = "https://hub.example/", "https://other.example/", "https://courrier.example/f"


def found(*, header: str = "", hub: str | None = None, topic: str | None = None) -> HubLinks | None:
    answer = FetchedResponse(status=200, headers={"link": header}, body=b"", url=URL)
    feed = ParsedFeed(title=None, language=None, articles=[], hub_url=hub, self_url=topic)
    return find_hub(answer, feed)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({}, None),
        ({"topic": TOPIC}, None),
        ({"hub": HUB}, HubLinks(hub_url=HUB, topic_url=URL)),
        ({"hub": HUB, "topic": TOPIC}, HubLinks(hub_url=HUB, topic_url=TOPIC)),
        (
            {"header": f'<{OTHER}>; rel="hub", <{TOPIC}>; rel=self', "hub": HUB, "topic": URL},
            HubLinks(hub_url=OTHER, topic_url=TOPIC),
        ),
    ],
)
def test_the_links_of_the_answer_come_before_those_of_the_feed(
    links: dict[str, str], expected: HubLinks | None
) -> None:
    """As the specification orders them (WebSub, 4)."""
    assert found(**links) == expected


def test_a_feed_with_a_hub_is_subscribed_once(subscriber: Subscriber) -> None:
    """Each poll sees the hub; one subscription is enough."""
    subscriber.publish(1)
    subscriber.poll()
    first = subscriber.row()
    subscriber.clock.advance(hours=1)
    subscriber.publish(1, 2)
    subscriber.poll()

    assert subscriber.row().id == first.id
    assert (first.state, first.hub_url) == (State.REQUESTED, subscriber.hub.url)
    assert len(first.secret) == 64


def test_a_feed_that_names_no_hub_any_more_leaves_it(subscriber: Subscriber) -> None:
    """It would be polled hourly and wait for a hub that knows nothing of it."""
    subscriber.subscribe()
    subscriber.clock.advance(hours=2)
    subscriber.publish(1, hub=False)
    subscriber.poll()
    subscriber.sweep()

    assert subscriber.hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert (subscriber.row().feed_id, subscriber.row().state) == (None, State.LEAVING)


def test_a_hub_that_sends_nothing_is_not_relied_on(subscriber: Subscriber) -> None:
    """Some verify and never send; the news must not be an hour late for ever."""
    subscriber.subscribe()
    for n in range(2, 4):
        subscriber.clock.advance(hours=1)
        subscriber.publish(n)
        subscriber.poll()

    feed = subscriber.feed()
    assert feed.next_poll_at == subscriber.clock() + feed.every
