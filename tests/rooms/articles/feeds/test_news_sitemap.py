"""News sitemaps: headlines, dates and addresses, and nothing that is none."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.news_sitemap import MAX_PARTS, is_sitemap, parse_sitemap
from service.articles.feeds.parse import parse_feed
from service.articles.parsed_article import FeedFormat, ParsedFeed
from service.kit.errors import OperationRefused
from tests.rooms.articles.feeds.sitemaps import SITEMAP, a_sitemap, an_entry, an_index

URL = "https://www.courrier.example/news.xml"


def parsed(data: bytes, *, most: int = 500) -> ParsedFeed:
    return parse_sitemap(data, url=URL, zone=UTC, most=most)


def test_an_entry_is_an_article_with_headline_date_language_and_picture() -> None:
    """What Google's sitemap-news 0.9 has, and the image extension."""
    picture = (
        "<image:image><image:loc>https://courrier.example/quai.jpg</image:loc>"
        "<image:caption>Un quai</image:caption></image:image>"
        "<image:image><image:loc>https://courrier.example/autre.jpg</image:loc></image:image>"
    )
    title = "<![CDATA[Le port d’Abidjan & ses quais]]>"

    feed = parse_feed(a_sitemap(an_entry(7, title=title, more=picture)), url=URL, zone=UTC)

    (article,) = feed.articles
    assert (feed.format, feed.title, feed.language) == (
        FeedFormat.NEWS_SITEMAP,
        "Le Courrier",
        "fr",
    )
    assert article.title == "Le port d’Abidjan & ses quais"
    assert article.url == "https://courrier.example/7"
    assert article.published == datetime(2023, 2, 8, 5, 0, tzinfo=UTC)
    assert article.language == "fr"
    assert (article.image_url, article.image_alt) == (
        "https://courrier.example/quai.jpg",
        "Un quai",
    )


def test_a_later_change_is_the_articles_and_keywords_are_tags() -> None:
    """`lastmod` is often the file's own date, so an earlier one says nothing."""
    later = an_entry(1, more="<lastmod>2023-02-08T09:00:00Z</lastmod>").replace(
        "</news:news>", "<news:keywords>Port, Abidjan</news:keywords></news:news>"
    )
    earlier = an_entry(2, more="<lastmod>2023-02-01</lastmod>")

    first, second = parsed(a_sitemap(later, earlier)).articles

    assert first.updated == datetime(2023, 2, 8, 9, 0, tzinfo=UTC)
    assert first.tags == ("Port", "Abidjan")
    assert second.updated is None


def test_an_entry_without_a_headline_is_skipped_and_counted() -> None:
    """The operator sees that something is missing, and the others come in."""
    feed = parsed(a_sitemap(an_entry(1, title=None), an_entry(2), an_entry(3, title=" ")))

    assert [each.title for each in feed.articles] == ["Titre 2"]
    assert "2 pages without a headline" in str(feed.remark)


def test_the_newest_of_many_are_read() -> None:
    """A file may have fifty thousand entries, in any order."""
    entries = [an_entry(n, day=f"2023-01-{n % 28 + 1:02}T05:00:00Z") for n in range(100)]

    feed = parsed(a_sitemap(*entries), most=3)

    assert [each.published and each.published.day for each in feed.articles] == [28, 28, 28]


def test_a_plain_sitemap_is_refused_by_name() -> None:
    """It has no headlines, and an operator may take one for the other."""
    plain = b"<urlset><url><loc>https://courrier.example/1</loc></url></urlset>"

    with pytest.raises(OperationRefused, match="sitemap without news"):
        parsed(plain)
    assert parsed(a_sitemap()).articles == []


def test_an_index_names_its_newest_news_sitemaps_on_the_same_site() -> None:
    """A few of them, for each is a request at every poll."""
    base = "https://courrier.example"
    feed = parsed(
        an_index(
            (f"{base}/pages.xml", "2023-02-08"),
            (f"{base}/news-1.xml", "2023-02-06"),
            (f"{base}/news-2.xml", "2023-02-07"),
            ("https://evil.example/news.xml", "2023-02-08"),
            ("file:///etc/passwd", "2023-02-08"),
            *((f"{base}/page-{n}.xml", "2023-01-01") for n in range(9)),
        )
    )

    assert feed.parts == (f"{base}/news-2.xml", f"{base}/news-1.xml", f"{base}/pages.xml")
    assert len(feed.parts) == MAX_PARTS
    assert feed.articles == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (a_sitemap(), True),
        (b'<?xml version="1.0"?><!-- x --><s:urlset xmlns:s="x">', True),
        (an_index(), True),
        (b'<rss version="2.0"><channel></channel></rss>', False),
        (b"<html><body>urlset</body></html>", False),
    ],
)
def test_a_sitemap_is_known_by_its_root(data: bytes, expected: bool) -> None:
    """Sites serve it as text/xml, as a feed is."""
    assert is_sitemap(data) is expected


def test_entities_are_refused_as_in_feeds() -> None:
    """Their expansion has no limit."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + a_sitemap(an_entry(1, title="&a;"))

    with pytest.raises(OperationRefused, match="XML entities"):
        parse_within_limits(bomb, url=URL, zone=UTC)


@pytest.mark.parametrize(
    "inner", ["<url>" * 200_000, "<news:title>" + "x" * 4_000_000, "<url/>" * 700_000]
)
def test_a_hostile_sitemap_ends_in_time(inner: str) -> None:
    """It is refused, or has no articles; the child has two seconds."""
    began = time.monotonic()

    try:
        feed = parse_within_limits(SITEMAP.format(inner).encode(), url=URL, zone=UTC)
    except OperationRefused:
        pass
    else:
        assert feed.articles == []
    assert time.monotonic() - began < 40


PIECES = [
    *("<url>", "</url>", "<loc>", "</loc>", "<news:news>", "</news:news>", "<news:title>", "T"),
    *("</news:title>", "https://c.example/1", "<![CDATA[", "]]>", "&amp;", "&x;", "\x00", "é"),
    *("<news:publication_date>", "2023-02-08", "</news:publication_date>", "<image:image>", "-->"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_sitemap_gives_articles_with_headline_and_address(inner: str) -> None:
    """Whatever is broken in it, nothing half-made comes out."""
    feed = parsed(SITEMAP.format(inner).encode())

    assert all(each.title and each.url for each in feed.articles)
