"""Feeds are polled politely, and one bad site disturbs nobody."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.articles import find, section_rules
from service.articles.feeds import poll, registry
from service.articles.read_models import FeedDetails
from service.articles.tables import Article, ArticlePlacement, Feed
from service.boot import Runtime
from service.kit.errors import Conflict, OperationRefused
from service.kit.translatable import translatable
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer
from workers import poll_feed

ITEM = (
    "<item><title>{title}</title><link>https://courrier.example/{n}</link>"
    "<category>Continent</category><pubDate>{date}</pubDate></item>"
)
FRESH = "Wed, 08 Feb 2023 05:00:00 GMT"
OLD = "Wed, 01 Feb 2023 05:00:00 GMT"


def rss(*items: tuple[str, str]) -> bytes:
    told = "".join(
        ITEM.format(title=title, n=n, date=date) for n, (title, date) in enumerate(items)
    )
    return f'<rss version="2.0"><channel><title>Flux</title>{told}</channel></rss>'.encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.pages["/flux"] = answer(rss(("Un titre neuf", FRESH)))
        yield running


@pytest.fixture
def feed_id(runtime: Runtime, site: Site) -> int:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Continent", now=runtime.clock())
        return poll.add_feed(
            session, f"{site.url}/flux", newsletter_id=newsletter.id, now=runtime.clock()
        )


def run(runtime: Runtime, feed_id: int) -> FeedDetails:
    poll_feed.run(runtime, feed_id=feed_id)
    with runtime.begin() as session:
        return find.get_feed(session, feed_id)


def titles(session: Session, *, backlog: bool) -> list[str]:
    return list(session.scalars(select(Article.title).where(Article.backlog.is_(backlog))))


def test_a_poll_takes_the_articles_in_for_its_newsletter(runtime: Runtime, feed_id: int) -> None:
    feed = run(runtime, feed_id)

    assert (feed.title, feed.failures, feed.last_error) == ("Flux", 0, None)
    with runtime.begin() as session:
        assert titles(session, backlog=False) == ["Un titre neuf"]
        filing = session.scalars(select(ArticlePlacement)).one()
        assert (filing.newsletter_id, filing.section_key) == (feed.newsletter_id, "continent")


def test_the_first_poll_is_no_flood_of_old_news(
    runtime: Runtime, site: Site, feed_id: int, clock: FakeClock
) -> None:
    site.pages["/flux"] = answer(rss(("Neuf", FRESH), ("Ancien", OLD)))
    run(runtime, feed_id)

    clock.advance(hours=1)
    site.pages["/flux"] = answer(rss(("Neuf", FRESH), ("Ancien", OLD), ("Retrouvé", OLD)))
    run(runtime, feed_id)

    with runtime.begin() as session:
        assert titles(session, backlog=True) == ["Ancien"]
        assert set(titles(session, backlog=False)) == {"Neuf", "Retrouvé"}


def test_a_feed_that_is_not_due_is_left_alone(runtime: Runtime, site: Site, feed_id: int) -> None:
    run(runtime, feed_id)

    run(runtime, feed_id)

    assert len(site.requests) == 1


def test_later_polls_ask_only_for_what_is_new(
    runtime: Runtime, site: Site, feed_id: int, clock: FakeClock
) -> None:
    told = {"ETag": '"v1"', "Last-Modified": "Wed, 08 Feb 2023 05:00:00 GMT"}
    site.pages["/flux"] = answer(rss(("Un titre", FRESH)), headers=told)
    run(runtime, feed_id)
    site.pages["/flux"] = answer(b"", status="304 Not Modified")

    clock.advance(hours=1)
    run(runtime, feed_id)
    clock.advance(hours=1)
    feed = run(runtime, feed_id)

    assert b'If-None-Match: "v1"' in site.requests[2]
    assert b"If-Modified-Since: Wed, 08 Feb 2023 05:00:00 GMT" in site.requests[2]
    with runtime.begin() as session:
        assert session.get_one(Feed, feed_id).etag == '"v1"'
    assert feed.failures == 0


def test_a_quiet_feed_is_asked_less_often_but_within_the_hour(
    runtime: Runtime, feed_id: int, clock: FakeClock
) -> None:
    run(runtime, feed_id)

    waits = []
    for _ in range(12):
        with runtime.begin() as session:
            clock.now = find.get_feed(session, feed_id).next_poll_at
        feed = run(runtime, feed_id)
        waits.append(feed.next_poll_at - clock.now)

    assert waits[0] < waits[3] < waits[-1] == timedelta(minutes=20)


def test_a_permanent_redirect_changes_the_address(
    runtime: Runtime, site: Site, feed_id: int
) -> None:
    site.pages["/flux"] = answer(b"", status="301 Moved", headers={"Location": "/nouveau"})
    site.pages["/nouveau"] = answer(rss(("Un titre", FRESH)))

    assert run(runtime, feed_id).url == f"{site.url}/nouveau"


def test_a_feed_that_is_gone_is_paused_and_says_why(
    runtime: Runtime, site: Site, feed_id: int, clock: FakeClock
) -> None:
    site.pages["/flux"] = answer(b"", status="410 Gone")

    feed = run(runtime, feed_id)

    assert feed.paused_at == clock.now
    assert "gone for good" in str(feed.last_error)
    clock.advance(days=3)
    with runtime.begin() as session:
        assert poll.due_feeds(session, now=clock.now) == []
        registry.poll_now(session, feed_id, now=clock.now)
        assert poll.due_feeds(session, now=clock.now) == [feed_id]


def test_a_site_that_asks_for_patience_gets_it(
    runtime: Runtime, site: Site, feed_id: int, clock: FakeClock
) -> None:
    site.pages["/flux"] = answer(
        b"", status="503 Service Unavailable", headers={"Retry-After": "7200"}
    )

    feed = run(runtime, feed_id)

    assert feed.next_poll_at >= clock.now + timedelta(hours=2)
    assert feed.last_error == translatable("feed.status", status="503")


def test_a_feed_that_is_removed_while_it_is_read_brings_nothing(
    runtime: Runtime, site: Site, feed_id: int
) -> None:
    served = answer(rss(("Un titre", FRESH)))

    def remove_and_answer(connection: socket.socket, request: bytes) -> None:
        with runtime.begin() as session:
            registry.remove(session, feed_id)
        served(connection, request)

    site.pages["/flux"] = remove_and_answer

    poll_feed.run(runtime, feed_id=feed_id)

    with runtime.begin() as session:
        assert titles(session, backlog=False) == []
        assert find.list_feeds(session) == []


def test_articles_of_a_removed_feed_stay_in_the_section_it_filed_them_in(
    runtime: Runtime, site: Site
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Continent", "Culture", now=runtime.clock())
        feed_id = poll.add_feed(
            session,
            f"{site.url}/flux",
            newsletter_id=newsletter.id,
            section_key="culture",
            now=runtime.clock(),
        )
    run(runtime, feed_id)

    with runtime.begin() as session:
        registry.remove(session, feed_id)

    with runtime.begin() as session:
        since = runtime.clock() - timedelta(days=1)
        (preview,) = section_rules.preview_placements(session, newsletter, since=since, limit=9)
    assert preview.title == "Un titre neuf"
    assert preview.placement.section == "culture"


def test_a_failing_feed_is_asked_later_and_later_and_recovers(
    runtime: Runtime, site: Site, feed_id: int, clock: FakeClock
) -> None:
    site.pages["/flux"] = answer(b"<html>Erreur</html>")

    waits, failures = [], []
    for _ in range(12):
        feed = run(runtime, feed_id)
        assert "no feed" in str(feed.last_error)
        failures.append(feed.failures)
        waits.append(feed.next_poll_at - clock.now)
        clock.now = feed.next_poll_at
    site.pages["/flux"] = answer(rss(("Un titre", FRESH)))
    recovered = run(runtime, feed_id)

    assert waits[0] < waits[2] < waits[5]
    assert max(waits) <= timedelta(hours=24)
    assert failures == list(range(1, 13))
    assert (recovered.failures, recovered.last_error) == (0, None)


def test_an_unreachable_site_is_a_sentence_for_the_operator(
    runtime: Runtime, feed_id: int, site: Site
) -> None:
    site.pages["/flux"] = lambda _connection, _request: None

    feed = run(runtime, feed_id)

    assert "broke off" in str(feed.last_error)


def test_no_transaction_is_open_while_the_site_answers(
    runtime: Runtime, site: Site, feed_id: int
) -> None:
    seen: list[int] = []
    honest = answer(rss(("Un titre", FRESH)))

    def watch(connection: object, request: bytes) -> None:
        seen.append(runtime.engine.pool.checkedout())  # type: ignore[attr-defined]  # QueuePool has it
        honest(connection, request)  # type: ignore[arg-type]  # a socket, as always

    site.pages["/flux"] = watch

    run(runtime, feed_id)

    assert seen == [0]


def test_a_feed_is_added_once_and_only_with_an_address(runtime: Runtime, feed_id: int) -> None:
    with runtime.begin() as session:
        feed = find.get_feed(session, feed_id)
        with pytest.raises(Conflict, match="already"):
            poll.add_feed(session, feed.url, newsletter_id=feed.newsletter_id, now=runtime.clock())
        with pytest.raises(OperationRefused, match="https://"):
            poll.add_feed(
                session, "courrier", newsletter_id=feed.newsletter_id, now=runtime.clock()
            )
        with pytest.raises(OperationRefused, match="password"):
            poll.add_feed(
                session,
                "https://awa:sesame@courrier.example/rss",
                newsletter_id=feed.newsletter_id,
                now=runtime.clock(),
            )


def test_a_feed_at_an_ipv6_address_keeps_its_brackets(runtime: Runtime, feed_id: int) -> None:
    with runtime.begin() as session:
        newsletter_id = find.get_feed(session, feed_id).newsletter_id
        added = poll.add_feed(
            session,
            "http://[2001:db8::1]:8000/rss",
            newsletter_id=newsletter_id,
            now=runtime.clock(),
        )

        assert find.get_feed(session, added).url == "http://[2001:db8::1]:8000/rss"
