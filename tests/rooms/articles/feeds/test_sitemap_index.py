"""A sitemap index is polled as one feed: a few of its sitemaps, one level deep."""

from collections.abc import Iterator
from datetime import UTC

import pytest
from sqlalchemy import select

from service.articles import find
from service.articles.feeds import poll
from service.articles.feeds.parse import parse_feed
from service.articles.feeds.sitemap_index import follow_index
from service.articles.parsed_article import ParsedFeed
from service.articles.tables import Article
from service.boot import Runtime
from service.kit.errors import OperationRefused
from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import FetchFailed
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer
from tests.rooms.articles.feeds.sitemaps import a_sitemap, an_entry, an_index


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def index(site: Site, *names: str) -> bytes:
    return an_index(*((f"{site.url}/{name}.xml", "2023-02-08") for name in names))


def read(site: Site, data: bytes) -> ParsedFeed:
    def get(url: str) -> FetchedResponse:
        return fetch(url, allow_private=True)

    return follow_index(parse_feed(data, url=site.url, zone=UTC), zone=UTC, get=get)


def test_the_articles_of_all_parts_come_newest_first(site: Site) -> None:
    """A site starts a new file every day, and articles of yesterday evening are in the other."""
    site.pages["/news-1.xml"] = answer(a_sitemap(an_entry(1, day="2023-02-07")))
    site.pages["/news-2.xml"] = answer(a_sitemap(an_entry(2), an_entry(3, title=None)))

    feed = read(site, index(site, "news-1", "news-2"))

    assert [each.title for each in feed.articles] == ["Titre 2", "Titre 1"]
    assert (feed.title, feed.language) == ("Le Courrier", "fr")
    assert "1 page without a headline" in str(feed.remark)


def test_a_part_that_fails_is_left_out_and_named(site: Site) -> None:
    """The others are news all the same."""
    site.pages["/news-2.xml"] = answer(a_sitemap(an_entry(2)))

    feed = read(site, index(site, "news-1", "news-2"))

    assert len(feed.articles) == 1
    assert "404" in str(feed.remark)


def test_an_index_of_which_nothing_can_be_read_fails(site: Site) -> None:
    """The feed is then tried again with a growing delay, as any other."""
    with pytest.raises(FetchFailed, match="404"):
        read(site, index(site, "news-1", "news-2"))


def test_an_index_inside_an_index_is_not_followed(site: Site) -> None:
    """It could name itself, or a thousand others."""
    site.pages["/news-1.xml"] = answer(index(site, "news-1"))

    with pytest.raises(OperationRefused, match="another index"):
        read(site, index(site, "news-1"))
    assert len(site.requests) == 1


def test_any_other_feed_is_unchanged(site: Site) -> None:
    """The poll asks for every feed, and nothing more is fetched."""
    feed = parse_feed(a_sitemap(an_entry(1)), url=site.url, zone=UTC)

    assert follow_index(feed, zone=UTC, get=fetch) is feed
    assert site.requests == []


def test_an_index_is_polled_whole_each_time(runtime: Runtime, site: Site, clock: FakeClock) -> None:
    """Its own file may not change when a sitemap does, so it is not asked conditionally."""
    site.pages["/sitemap.xml"] = answer(index(site, "news"), headers={"ETag": '"1"'})
    site.pages["/news.xml"] = answer(a_sitemap(an_entry(1)))
    with runtime.begin() as session:
        newsletter_id = a_newsletter(session, now=clock()).id
        feed_id = poll.add_feed(
            session, f"{site.url}/sitemap.xml", newsletter_id=newsletter_id, now=clock()
        )

    for number in (1, 2):
        site.pages["/news.xml"] = answer(a_sitemap(an_entry(1), an_entry(number)))
        clock.advance(hours=1)
        poll.poll_feed(runtime.begin, feed_id, clock=clock, zone=UTC, allow_private=True)

    with runtime.begin() as session:
        feed = find.get_feed(session, feed_id)
        titles = set(session.scalars(select(Article.title).where(Article.backlog.is_(False))))
    assert (feed.title, feed.items, feed.last_error) == ("Le Courrier", 2, None)
    assert titles == {"Titre 1", "Titre 2"}
    assert not any(b"If-None-Match" in request for request in site.requests)
