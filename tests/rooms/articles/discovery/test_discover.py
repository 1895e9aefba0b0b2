"""From the address of a site to the feed that its newsletter needs, on a site of our own."""

from collections.abc import Iterator
from datetime import UTC

import pytest

from service.articles.discovery.discover import WELL_KNOWN_FEEDS, UnexpectedStatus, discover_feeds
from service.articles.discovery.feed_candidate import FoundBy, SiteOffer
from service.kit.fetch_guard import FetchRefused
from tests.fakes.site import Site, answer
from tests.rooms.articles.feeds.sitemaps import a_sitemap, an_entry, an_index

HTML = {"Content-Type": "text/html; charset=utf-8"}


def rss(*titles: str, more: str = "") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>https://courrier.example/{title}</link>"
        "<pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate></item>"
        for title in titles
    )
    return f'<rss version="2.0"><channel><title>F</title>{more}{items}</channel></rss>'.encode()


def page(head: str = "", body: str = "<p>Bonjour.</p>") -> bytes:
    return f"<!doctype html><html lang=fr><head>{head}</head><body>{body}</body></html>".encode()


def declared(path: str, title: str = "") -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{path}">'


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def discover(site: Site, path: str = "/") -> SiteOffer:
    return discover_feeds(site.url + path, zone=UTC, allow_private=True)


def choice(offer: SiteOffer, site: Site) -> str | None:
    return offer.choice.url.removeprefix(site.url) if offer.choice else None


def asked(site: Site) -> list[str]:
    return [request.split(b" ", 2)[1].decode() for request in site.requests]


def test_a_wordpress_site_is_found_from_its_front_page(site: Site) -> None:
    """The commonest case: both feeds are declared, the REST API is in a header."""
    site.pages["/"] = answer(
        page(declared("/feed/", "Flux") + declared("/comments/feed/", "Commentaires")),
        headers={**HTML, "Link": f'<{site.url}/wp-json/>; rel="https://api.w.org/"'},
    )
    hub = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
    site.pages["/feed/"] = answer(rss("un", "deux", more=hub))
    site.pages["/comments/feed/"] = answer(rss("Par Awa"))

    offer = discover(site)

    assert choice(offer, site) == "/feed/"
    assert [each.has_comments for each in offer.feeds] == [False, True]
    assert offer.wordpress_api == f"{site.url}/wp-json/"
    assert offer.feeds[0].hub_url == "https://hub.example/"
    assert "/rss.xml" not in asked(site)


def test_a_feeds_own_address_is_taken_with_one_request(site: Site) -> None:
    """An operator who gives a feed means this one, be it of comments."""
    site.pages["/comments/feed/"] = answer(rss("Par Awa"), headers={"Link": "</hub>; rel=hub"})

    offer = discover(site, "/comments/feed/")

    assert choice(offer, site) == "/comments/feed/"
    assert offer.feeds[0].found_by is FoundBy.ADDRESS
    assert offer.hub_url == f"{site.url}/hub"
    assert len(site.requests) == 1


def test_a_sections_feed_is_found_where_only_the_sites_is_declared(site: Site) -> None:
    """WordPress has one for each section, whether the theme declares it or not."""
    site.pages["/economie/"] = answer(page(declared("/feed/")), headers=HTML)
    site.pages["/feed/"] = answer(rss("un", "deux"))
    site.pages["/economie/feed/"] = answer(rss("deux"))

    assert choice(discover(site, "/economie/"), site) == "/economie/feed/"


def test_an_article_leads_to_the_sites_feed(site: Site) -> None:
    """An operator copies whatever address is at hand."""
    article = '<meta property="og:type" content="article">'
    site.pages["/economie/un-port/"] = answer(
        page(article + declared("/feed/") + declared("feed/", "Commentaires sur Un port")),
        headers=HTML,
    )
    site.pages["/feed/"] = answer(rss("un", "deux"))
    site.pages["/economie/un-port/feed/"] = answer(rss())

    assert choice(discover(site, "/economie/un-port/"), site) == "/feed/"


def test_a_page_without_links_leads_to_the_front_pages(site: Site) -> None:
    """Some sites declare their feed on the front page only."""
    site.pages["/contact"] = answer(page(), headers=HTML)
    site.pages["/"] = answer(page(body='<a href="/flux-rss">RSS</a>'), headers=HTML)
    site.pages["/flux-rss"] = answer(rss("un"))

    offer = discover(site, "/contact")

    assert choice(offer, site) == "/flux-rss"
    assert offer.feeds[0].found_by is FoundBy.LINKED


def test_the_well_known_places_are_asked_until_one_has_a_feed(site: Site) -> None:
    """A few polite requests, and none after the first that helps."""
    site.pages["/"] = answer(page(), headers=HTML)
    site.pages["/rss"] = answer(page(), headers=HTML)
    site.pages["/rss.xml"] = answer(rss("un"))

    offer = discover(site)

    assert choice(offer, site) == "/rss.xml"
    tried = [path for path in asked(site) if path in WELL_KNOWN_FEEDS]
    assert tried == ["/feed/", "/rss", "/rss.xml"]


def test_a_site_without_a_feed_costs_few_requests_and_says_what_to_do(site: Site) -> None:
    """The number is part of what the documentation promises to site owners."""
    site.pages["/"] = answer(page(), headers=HTML)

    offer = discover(site)

    assert (offer.choice, offer.feeds) == (None, [])
    assert offer.problem is not None
    assert "Ask the site for the address of its feed" in str(offer.problem)
    assert len(site.requests) <= 13


def test_several_feeds_that_are_as_good_are_left_to_the_operator(site: Site) -> None:
    """One sentence with the addresses to choose from."""
    site.pages["/"] = answer(page(declared("/nord.xml") + declared("/sud.xml")), headers=HTML)
    site.pages["/nord.xml"] = answer(rss("un", "deux"))
    site.pages["/sud.xml"] = answer(rss("trois", "quatre"))

    offer = discover(site)

    assert offer.choice is None
    assert f"{site.url}/nord.xml" in str(offer.problem)
    assert f"{site.url}/sud.xml" in str(offer.problem)


def test_a_check_for_robots_is_called_by_its_name(site: Site) -> None:
    """Saying “no feed” would send the operator to look for one."""
    site.pages["/"] = answer(page("<title>Just a moment...</title>"), headers=HTML)

    assert "no robots" in str(discover(site).problem)


def test_an_address_that_cannot_be_read_is_no_reason_to_forget_it(site: Site) -> None:
    """It is stored as it is, and read later."""
    site.pages["/broken"] = answer(
        b"<?xml version='1.0'?><urls/>", headers={"Content-Type": "text/xml"}
    )

    missing, broken = discover(site, "/rien"), discover(site, "/broken")

    assert isinstance(missing.unread, UnexpectedStatus)
    assert missing.unread.answer.status == 404
    assert broken.unread is not None


def test_links_into_a_private_network_are_not_followed(site: Site) -> None:
    """A stranger's page must not make us ask our own machines."""
    with pytest.raises(FetchRefused):
        discover_feeds(f"{site.url}/", zone=UTC)
    assert site.requests == []


def test_a_page_that_is_slow_to_parse_ends_in_a_child(site: Site) -> None:
    """A hostile page costs a child its time, and this process none."""
    site.pages["/"] = answer(b"<!doctype html>" + b"<a><b>" * 500_000, headers=HTML)

    assert discover(site).choice is None


def test_a_news_sitemap_is_found_where_there_is_no_feed(site: Site) -> None:
    """Sites that have given up RSS still write one for search engines; robots.txt names it."""
    site.pages["/"] = answer(page(), headers=HTML)
    site.pages["/robots.txt"] = answer(
        b"User-agent: *\nSitemap: /pages.xml\nsitemap: /sitemaps/news.xml\nSitemap: javascript:1"
    )
    site.pages["/sitemaps/news.xml"] = answer(a_sitemap(an_entry(1), an_entry(2)))

    offer = discover(site)

    assert choice(offer, site) == "/sitemaps/news.xml"
    assert (offer.feeds[0].found_by, offer.feeds[0].items) == (FoundBy.SITEMAP, 2)
    assert "/pages.xml" not in asked(site)


def test_an_index_of_news_sitemaps_is_found_at_a_usual_place(site: Site) -> None:
    """Yoast writes news-sitemap.xml, other programs an index."""
    site.pages["/"] = answer(page(declared("/feed/")), headers=HTML)
    site.pages["/feed/"] = answer(rss("un"))
    site.pages["/news-sitemap.xml"] = answer(an_index((f"{site.url}/news-1.xml", "2023-02-08")))
    site.pages["/news-1.xml"] = answer(a_sitemap(an_entry(1)))

    offer = discover(site)

    assert choice(offer, site) == "/feed/"
    assert [each.format for each in offer.feeds] == ["rss", "news_sitemap"]
    assert discover(site, "/news-sitemap.xml").choice is not None
