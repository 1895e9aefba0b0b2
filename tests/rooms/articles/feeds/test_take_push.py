"""What a hub sends is taken in like a poll's answer."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from sqlalchemy import select

from service.articles import section_rules
from service.articles.feeds import poll, registry
from service.articles.feeds.take_push import take_push, waiting_pushes
from service.articles.placement import RuleField
from service.articles.tables import Article, Feed, PushedContent
from service.articles.websub import queries
from service.boot import Runtime
from service.editions.tables import AlertedArticle, Edition
from service.newsletters import catalogue
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from workers import take_push as job

ITEM = (
    "<item><title>Titre {n}</title><link>https://courrier.example/{n}</link>"
    "<category>Continent</category><pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate></item>"
)


def rss(*numbers: int) -> bytes:
    items = "".join(ITEM.format(n=n) for n in numbers)
    return f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


@pytest.fixture
def feed_id(runtime: Runtime, clock: FakeClock) -> int:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Continent", now=clock())
        return poll.add_feed(
            session, "https://courrier.example/flux", newsletter_id=newsletter.id, now=clock()
        )


def push(runtime: Runtime, feed_id: int, body: bytes) -> int:
    with runtime.begin() as session:
        return queries.add_push(session, feed_id=feed_id, body=body, now=runtime.clock())


def pushed_and_stored(runtime: Runtime) -> tuple[int, list[str]]:
    with runtime.begin() as session:
        waiting = len(session.scalars(select(PushedContent.id)).all())
        return waiting, list(session.scalars(select(Article.title).order_by(Article.title)))


def test_pushed_articles_are_news_of_their_feed(runtime: Runtime, feed_id: int) -> None:
    """Once, however often the job is repeated."""
    push_id = push(runtime, feed_id, rss(1, 2))

    job.run(runtime, push_id=push_id)
    job.run(runtime, push_id=push_id)

    assert pushed_and_stored(runtime) == (0, ["Titre 1", "Titre 2"])
    with runtime.begin() as session:
        assert {each.feed_id for each in session.scalars(select(Article))} == {feed_id}
        assert session.get_one(Feed, feed_id).polled_at is None


def test_what_is_no_feed_is_dropped_and_the_feed_is_polled(
    runtime: Runtime, feed_id: int, clock: FakeClock
) -> None:
    """A hub's mistake costs one poll."""
    with runtime.begin() as session:
        session.get_one(Feed, feed_id).next_poll_at = clock() + timedelta(hours=1)

    assert (
        take_push(runtime.begin, push(runtime, feed_id, b"<html>"), clock=clock, zone=UTC) is None
    )

    assert pushed_and_stored(runtime) == (0, [])
    with runtime.begin() as session:
        assert session.get_one(Feed, feed_id).next_poll_at == clock()


def test_a_paused_feed_takes_nothing(runtime: Runtime, feed_id: int, clock: FakeClock) -> None:
    """Its operator wanted that, and the hub may not know it yet."""
    with runtime.begin() as session:
        registry.pause(session, feed_id, now=clock())

    job.run(runtime, push_id=push(runtime, feed_id, rss(1)))

    assert pushed_and_stored(runtime) == (0, [])


def test_content_whose_job_message_was_lost_is_found(
    runtime: Runtime, feed_id: int, clock: FakeClock
) -> None:
    """Redis may forget; PostgreSQL does not."""
    push_id = push(runtime, feed_id, rss(1))
    with runtime.begin() as session:
        assert waiting_pushes(session, now=clock()) == []
        clock.advance(minutes=1)
        assert waiting_pushes(session, now=clock()) == [push_id]


def test_pushed_news_that_a_rule_calls_breaking_makes_an_alert(
    runtime: Runtime, feed_id: int, clock: FakeClock
) -> None:
    """In the transaction that stores it; a feed that was never polled is an archive, perhaps."""
    with runtime.begin() as session:
        paper = catalogue.get(session, "le-matin")
        catalogue.edit(
            session, paper.slug, replace(catalogue.draft_of(paper), offers_alerts=True), now=clock()
        )
        section_rules.add_rule(
            session, paper, field=RuleField.CATEGORY, pattern="Continent", section=None,
            is_breaking=True,
        )  # fmt: skip

    job.run(runtime, push_id=push(runtime, feed_id, rss(1)))
    with runtime.begin() as session:
        assert session.scalars(select(Edition.kind)).all() == []
        feed = session.get_one(Feed, feed_id)
        feed.polled_at, feed.items = clock(), 1
    job.run(runtime, push_id=push(runtime, feed_id, rss(1, 2)))

    with runtime.begin() as session:
        assert session.scalars(select(Edition.kind)).all() == ["alert"]
        assert session.scalars(select(Article.title).join(AlertedArticle)).all() == ["Titre 2"]
