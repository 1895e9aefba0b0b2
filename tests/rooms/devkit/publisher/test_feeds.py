"""The local publisher’s feeds and events, as Crieur reads them."""

import json

import feedparser
import pytest

from service.devkit.publisher.feeds import as_event
from service.devkit.publisher.journal import PublishingJournal
from service.web.api.article_events import ArticleEventBatch
from tests.rooms.devkit.conftest import Client
from tests.rooms.devkit.publisher.conftest import BASE, EVERY, NOW


@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml", "/fr/sport/feed.xml", "/en/atom.xml"])
def test_feeds_are_well_formed_and_name_their_articles_for_ever(client: Client, path: str) -> None:
    feed = feedparser.parse(client.get(path).body)

    assert not feed.bozo
    assert feed.entries
    for entry in feed.entries:
        assert entry.id.startswith("tag:golfe.example.org,2026:article-")
        assert entry.link.startswith(f"{BASE}/articles/")
        assert entry.tags[0].term
        assert entry.summary


def test_json_feed_has_texts_and_pictures(client: Client) -> None:
    feed = json.loads(client.get("/en/feed.json").body)

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["items"][0]["content_text"]
    assert feed["items"][0]["image"].startswith(f"{BASE}/static/pictures/")


def test_crieur_understands_every_event(press: PublishingJournal) -> None:
    press.advance(NOW + 60 * EVERY)
    entries = press.entries(0)
    articles = [press.article(entry.number) for entry in entries]

    told = ArticleEventBatch.model_validate(
        {
            "events": [
                as_event(entry.event, article, base=BASE)
                for entry, article in zip(entries, articles, strict=True)
                if article is not None
            ]
        }
    )

    assert {event.type for event in told.events} == {"published", "updated", "withdrawn"}
    for event in told.events:
        assert event.article.id
        assert event.article.published_at
        assert event.article.image is not None
        assert event.article.model_extra in (None, {})
