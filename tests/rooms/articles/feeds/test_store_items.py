"""What is stored of a feed's items, whether it was polled or pushed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from service.articles.feeds import poll
from service.articles.feeds.store_items import PollResult, store_items
from service.articles.parsed_article import ParsedArticle, ParsedFeed, Tombstone
from service.articles.tables import Article, ArticlePlacement, Feed
from service.kit.db import Begin
from tests.builders import a_newsletter

NOW = datetime(2023, 2, 8, 6, tzinfo=UTC)


@pytest.fixture
def feed_id(begin: Begin) -> int:
    with begin() as session:
        newsletter = a_newsletter(session, "Continent", now=NOW)
        url = "https://courrier.example/flux"
        return poll.add_feed(session, url, newsletter_id=newsletter.id, now=NOW)


def item(number: int, *, age: timedelta = timedelta(hours=1), **changes: Any) -> ParsedArticle:
    said: dict[str, Any] = {
        "title": f"Titre {number}",
        "url": f"https://courrier.example/{number}",
        "guid": f"urn:courrier:{number}",
        "categories": ("Continent",),
        "section": "Continent",
        "published": NOW - age,
    }
    return ParsedArticle(**{**said, **changes})


def store(begin: Begin, feed_id: int, *items: ParsedArticle, **feed: Any) -> PollResult:
    parsed = ParsedFeed(title=None, language=None, articles=items, **feed)
    with begin() as session:
        return store_items(session, session.get_one(Feed, feed_id), parsed, now=NOW)


def test_new_old_and_revised_items_are_counted_and_placed(begin: Begin, feed_id: int) -> None:
    """The operator reads these numbers, and the newsletter its sections."""
    first = store(begin, feed_id, item(1), item(2, age=timedelta(days=30)))
    second = store(begin, feed_id, item(1, title="Titre corrigé"), item(3))

    assert (first.new, first.archive, first.revised, first.has_news) == (2, 1, 0, True)
    assert (second.new, second.archive, second.revised, second.items) == (1, 0, 1, 2)
    with begin() as session:
        placed = session.scalars(select(ArticlePlacement.section_key)).all()
    assert placed == ["continent"] * 3


def test_the_same_again_is_no_news(begin: Begin, feed_id: int) -> None:
    """A hub and a poll bring the same items."""
    store(begin, feed_id, item(1))

    assert not store(begin, feed_id, item(1)).has_news


def test_a_tombstone_withdraws(begin: Begin, feed_id: int) -> None:
    """Also by a hub, within seconds."""
    store(begin, feed_id, *(item(n) for n in range(4)))
    deleted = (Tombstone(guid="urn:courrier:2", deleted_at=NOW),)

    result = store(begin, feed_id, item(1), deleted=deleted)

    assert result.withdrawn == 1
    with begin() as session:
        gone = session.scalars(select(Article.title).where(Article.withdrawn_at.is_not(None)))
        assert gone.all() == ["Titre 2"]


def test_a_long_feed_takes_as_many_statements_as_a_short_one(begin: Begin, feed_id: int) -> None:
    """A statement for each item would make a busy feed slow, and a thousand feeds late."""

    def statements(*items: ParsedArticle) -> int:
        parsed, seen = ParsedFeed(title=None, language=None, articles=items), list[str]()
        with begin() as session:
            feed, engine = session.get_one(Feed, feed_id), session.get_bind()

            def count(*told: Any) -> None:
                seen.append(told[2])

            event.listen(engine, "before_cursor_execute", count)
            store_items(session, feed, parsed, now=NOW)
            session.flush()
            event.remove(engine, "before_cursor_execute", count)
        return len(seen)

    few, many = [item(n) for n in range(5)], [item(n) for n in range(5, 205)]

    assert statements(*many) == statements(*few)
    assert statements(*many) <= statements(*few)


def test_what_is_news_is_named_except_at_the_first_poll(begin: Begin, feed_id: int) -> None:
    """Rules may alert of it: a feed that was just added has nothing that is breaking."""
    first = store(begin, feed_id, item(1))
    with begin() as session:
        feed = session.get_one(Feed, feed_id)
        feed.polled_at, feed.items = NOW, 1
    second = store(begin, feed_id, item(1), item(2), item(3, age=timedelta(days=30)))

    assert first.news == []
    with begin() as session:
        titles = [session.get_one(Article, each).title for each in second.news]
    assert titles == ["Titre 2"]
