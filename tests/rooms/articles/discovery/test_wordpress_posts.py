"""WordPress's REST API is found, or the site's feed in its place."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from service.articles.discovery.discover import discover_feeds
from service.articles.discovery.feed_candidate import SiteOffer
from service.articles.feed_kind import FeedKind
from tests.fakes.site import Site, answer
from tests.fakes.wordpress import WordPress

AT = datetime(2023, 2, 8, 5, tzinfo=UTC)
PAGE = b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed/"><p>Bonjour'
FEED = (
    b'<rss version="2.0"><channel><title>Le Courrier</title><item><title>Un titre</title>'
    b"<link>https://courrier.example/1</link></item></channel></rss>"
)


@pytest.fixture
def wordpress() -> Iterator[WordPress]:
    with Site() as site:
        running = WordPress(site)
        running.publish(1, at=AT)
        site.pages["/"] = answer(PAGE, headers={"Content-Type": "text/html"})
        site.pages["/feed/"] = answer(FEED)
        yield running


def discover(url: str, *, kind: FeedKind | None = None) -> SiteOffer:
    return discover_feeds(url, zone=UTC, allow_private=True, kind=kind)


def test_an_address_of_the_api_is_chosen_with_the_sites_name(wordpress: WordPress) -> None:
    """`crieur feed add https://site/wp-json/` needs nothing more."""
    offer = discover(f"{wordpress.site.url}/wp-json/")

    assert offer.choice is not None
    assert (offer.choice.url, offer.choice.items) == (wordpress.posts_url, 1)
    assert offer.choice.title == "Le Courrier & Cie"


def test_a_sites_address_is_enough_with_the_kind(wordpress: WordPress) -> None:
    """`crieur feed add https://site --kind wordpress`."""
    offer = discover(wordpress.site.url, kind=FeedKind.WORDPRESS)

    assert offer.choice is not None
    assert offer.choice.url == wordpress.posts_url


def test_without_readable_links_the_other_address_is_found(wordpress: WordPress) -> None:
    """Sites on simple servers have the API at `?rest_route=` only."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(PAGE, status="404 Not Found")
    wordpress.site.pages["/"] = wordpress.serve

    offer = discover(wordpress.site.url, kind=FeedKind.WORDPRESS)

    assert offer.choice is not None
    assert offer.choice.url == f"{wordpress.site.url}/?rest_route=/wp/v2/posts"


def test_a_closed_api_gives_the_sites_feed_and_says_why(wordpress: WordPress) -> None:
    """The operator gets a working feed and one sentence."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(status="401 Unauthorized")

    offer = discover(f"{wordpress.site.url}/wp-json/")

    assert offer.choice is not None
    assert offer.choice.url == f"{wordpress.site.url}/feed/"
    assert "(401), so its feed is used instead" in str(offer.choice.remark)


def test_an_api_that_fails_now_is_kept(wordpress: WordPress) -> None:
    """A site that is restarted at that moment has not closed its API."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(status="503 Service Unavailable")

    offer = discover(f"{wordpress.site.url}/wp-json/")

    assert (offer.url, offer.choice) == (wordpress.posts_url, None)
    assert "503" in str(offer.unread)
