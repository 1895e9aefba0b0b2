"""The local publisher’s site."""

import json
import re

import feedparser
import pytest

from service.devkit.publisher.journal import ArticleChange, PublishingJournal
from tests.rooms.devkit.conftest import Client
from tests.rooms.devkit.publisher.conftest import EVERY, NOW


def test_updated_and_withdrawn_articles_are_part_of_the_story(
    press: PublishingJournal, client: Client
) -> None:
    press.advance(NOW + 60 * EVERY)
    events = {entry.event: entry.number for entry in press.entries(0)}

    updated = press.article(events[ArticleChange.UPDATED])
    withdrawn = press.article(events[ArticleChange.WITHDRAWN])

    assert updated is not None
    assert updated.updated is not None
    assert withdrawn is not None
    words = {"fr": "Mis à jour", "en": "Updated"}
    assert words[updated.language] in client.get(updated.path).text
    assert client.get(withdrawn.path).status == 410
    assert withdrawn.number not in {a.number for a in press.articles(withdrawn.language)}


def test_a_section_may_be_asked_for_in_the_query(client: Client) -> None:
    feed = feedparser.parse(client.get("/feed.xml?section=economie").body)

    assert {entry.tags[0].term for entry in feed.entries} == {"Économie"}
    assert client.get("/feed.xml?section=unknown").status == 404
    assert client.get("/de/feed.xml").status == 404


def test_what_has_not_changed_is_not_sent_again(press: PublishingJournal, client: Client) -> None:
    first = client.get("/feed.xml")
    by_tag = client.get("/feed.xml", If_None_Match=first.headers["ETag"])
    by_date = client.get("/feed.xml", If_Modified_Since=first.headers["Last-Modified"])
    press.advance(NOW + 2 * EVERY)
    fresh = client.get("/feed.xml", If_None_Match=first.headers["ETag"])

    assert (by_tag.status, by_tag.body) == (304, b"")
    assert by_date.status == 304
    assert fresh.status == 200


def test_an_article_page_is_readable_by_machines(press: PublishingJournal, client: Client) -> None:
    article = press.articles("fr")[0]

    page = client.get(article.path).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)

    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == article.title
    assert data["articleSection"] == article.section
    assert '<meta property="og:title"' in page
    assert "À LIRE AUSSI" in page
    assert client.get(article.path + "9").status == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_section_has_pictures_that_the_site_serves(
    press: PublishingJournal, client: Client, language: str
) -> None:
    press.advance(NOW + 60 * EVERY)
    newest = {section: press.articles(language, section)[0] for section in press.sections(language)}

    for article in newest.values():
        answer = client.get(article.image_path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
        assert len(answer.body) < 30_000
    assert len({article.image_path.rpartition("-")[0] for article in newest.values()}) == 5
