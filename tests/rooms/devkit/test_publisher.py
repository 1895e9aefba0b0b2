"""The local publisher: what it writes, what it serves, what it tells Crieur."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest

from service.devkit.publisher.feeds import as_event
from service.devkit.publisher.journal import BACKLOG, ArticleChange, PublishingJournal
from service.devkit.publisher.pages import make_app
from service.devkit.publisher.push import EventPusher, PushTarget
from service.devkit.publisher.story_files import load
from service.web.api.articles import ArticleEventBatch
from tests.rooms.devkit.conftest import Client, Listener, serving

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
EVERY = timedelta(seconds=20)
BASE = "http://localhost:8082"


@pytest.fixture
def press(tmp_path: Path) -> PublishingJournal:
    return PublishingJournal(tmp_path / "site", every=EVERY, now=NOW)


@pytest.fixture
def client(press: PublishingJournal) -> Iterator[Client]:
    with serving(make_app(press, base=BASE)) as client:
        yield client


def test_there_is_much_to_tell_and_no_headline_twice() -> None:
    french, english = load("fr"), load("en")
    titles = [story.title for story in (*french.stories, *english.stories)]

    assert len(french.stories) >= 40
    assert len(english.stories) >= 25
    assert len(set(titles)) == len(titles)
    assert french.sections == ("Politique", "Économie", "Continent", "Culture", "Sport")
    assert english.sections == ("Politics", "Business", "Africa", "Culture", "Sport")


def test_french_texts_keep_french_typography() -> None:
    texts = [
        text for story in load("fr").stories for text in (story.title, story.lede, *story.body)
    ]

    assert [text for text in texts if re.search(r"'| [:;?!»]|« |[^\s][;?!»]", text)] == []


def test_an_article_appears_every_interval(press: PublishingJournal) -> None:
    before = len(press.entries(0))

    press.advance(NOW + EVERY - timedelta(seconds=1))
    none_yet = len(press.entries(0))
    press.advance(NOW + 3 * EVERY)

    fresh = [entry for entry in press.entries(before) if entry.event is ArticleChange.PUBLISHED]
    assert none_yet == before
    assert [entry.at for entry in fresh] == [NOW + EVERY, NOW + 2 * EVERY, NOW + 3 * EVERY]


def test_it_goes_on_where_it_was_after_a_restart(press: PublishingJournal, tmp_path: Path) -> None:
    press.advance(NOW + 5 * EVERY)
    told = press.entries(0)
    later = NOW + timedelta(days=2)

    again = PublishingJournal(tmp_path / "site", every=EVERY, now=later)
    again.advance(later + EVERY)

    assert again.entries(0)[: len(told)] == told
    assert again.entries(len(told))[0].at == later + EVERY
    assert again.article(2) == press.article(2)


def test_a_line_that_a_kill_cut_short_is_dropped(press: PublishingJournal, tmp_path: Path) -> None:
    told = press.entries(0)
    journal = tmp_path / "site" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"event": "publ')

    again = PublishingJournal(tmp_path / "site", every=EVERY, now=NOW)
    again.advance(NOW + EVERY)
    third = PublishingJournal(tmp_path / "site", every=EVERY, now=NOW)

    assert again.entries(0)[: len(told)] == told
    assert third.entries(0) == again.entries(0)


def test_headlines_stay_distinct_when_the_stories_start_again(press: PublishingJournal) -> None:
    press.advance(NOW + 190 * EVERY)

    paths = [article.path for article in press.articles("fr")]
    titles = [article.title for article in press.articles("fr")]
    assert len(titles) > 80
    assert len(set(titles)) == len(titles)
    assert len(set(paths)) == len(paths)


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


def test_a_section_may_be_asked_for_in_the_query(client: Client) -> None:
    feed = feedparser.parse(client.get("/feed.xml?section=economie").body)

    assert {entry.tags[0].term for entry in feed.entries} == {"Économie"}
    assert client.get("/feed.xml?section=unknown").status == 404
    assert client.get("/de/feed.xml").status == 404


def test_json_feed_has_texts_and_pictures(client: Client) -> None:
    feed = json.loads(client.get("/en/feed.json").body)

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["items"][0]["content_text"]
    assert feed["items"][0]["image"].startswith(f"{BASE}/static/pictures/")


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


def test_crieur_is_told_each_event_once_and_in_order(
    press: PublishingJournal, tmp_path: Path, listener: Listener
) -> None:
    target = PushTarget(url=f"{listener.url}/api/v1/events/articles", key="k3y")
    pusher = EventPusher(press, tmp_path, target=target, base=BASE)

    pusher.advance(NOW)
    pusher.advance(NOW)
    press.advance(NOW + EVERY)
    EventPusher(press, tmp_path, target=target, base=BASE).advance(NOW + EVERY)

    groups = [json.loads(body)["events"] for _, _, body in listener.told]
    assert len(groups[0]) + len(groups[1]) == len(press.entries(0))
    assert groups[0][0]["type"] == "published"
    assert len([e for e in groups[0] if e["type"] == "published"]) == BACKLOG
    assert listener.told[0][1]["Authorization"] == "Bearer k3y"
    assert len(listener.told) == 2


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


def test_an_event_waits_until_crieur_is_back(
    press: PublishingJournal, tmp_path: Path, listener: Listener
) -> None:
    listener.statuses[:] = [503, 200]
    target = PushTarget(url=listener.url, key="k", languages=("en",))
    pusher = EventPusher(press, tmp_path, target=target, base=BASE)

    pusher.advance(NOW)
    pusher.advance(NOW + timedelta(milliseconds=500))
    too_early = len(listener.told)
    pusher.advance(NOW + timedelta(seconds=2))

    events = json.loads(listener.told[1][2])["events"]
    assert too_early == 1
    assert listener.told[0][2] == listener.told[1][2]
    assert {event["article"]["language"] for event in events} == {"en"}


def test_a_refused_event_does_not_hold_up_the_next(
    press: PublishingJournal, tmp_path: Path, listener: Listener
) -> None:
    listener.statuses[:] = [422]
    pusher = EventPusher(press, tmp_path, target=PushTarget(url=listener.url, key="k"), base=BASE)

    pusher.advance(NOW)
    press.advance(NOW + EVERY)
    pusher.advance(NOW + EVERY)

    assert len(listener.told) == 2
    assert listener.told[0][2] != listener.told[1][2]
