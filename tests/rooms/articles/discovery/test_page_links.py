"""What a page says of its site's feeds, and what it does not make us do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.discovery.page_links import MAX_LINKS, FeedLink, PageLinks, find_page_links

URL = "https://courrier.example/economie/"
FRONT = """<!doctype html><html lang="fr-CI"><head>
<link rel="alternate" type="application/rss+xml" title="Le Courrier » Flux" href="/feed/">
<link rel="alternate" type="application/rss+xml" title="Commentaires" href="/comments/feed/">
<link rel="ALTERNATE home" type="application/atom+xml; charset=utf-8" href="/atom.xml">
<link rel="alternate" type="application/feed+json" href="/feed.json">
<link rel="alternate" hreflang="en" href="/en/">
<link rel="alternate" type="application/json+oembed" href="/oembed">
<link rel="https://api.w.org/" href="https://courrier.example/wp-json/">
<link rel="hub" href="https://hub.example/">
</head><body><a href="/feed/">RSS</a><a href="https://autre.example/rss">Autre</a></body></html>"""


def links(markup: str) -> PageLinks:
    return find_page_links(markup.encode(), url=URL)


def urls(markup: str) -> list[str]:
    return [each.url for each in links(markup).feeds]


def test_declared_feeds_come_in_the_order_of_the_page() -> None:
    """Sites declare their own feed first; oEmbed and translations are no feeds."""
    found = links(FRONT)

    assert [each.url.removeprefix("https://courrier.example") for each in found.feeds] == [
        "/feed/",
        "/comments/feed/",
        "/atom.xml",
        "/feed.json",
    ]
    assert found.feeds[0] == FeedLink(
        url="https://courrier.example/feed/", title="Le Courrier » Flux", is_declared=True
    )


def test_hub_rest_api_and_language_are_found() -> None:
    """The poll of WordPress and WebSub start from these addresses."""
    found = links(FRONT)

    assert found.hub_url == "https://hub.example/"
    assert found.wordpress_api == "https://courrier.example/wp-json/"
    assert found.language == "fr"


@pytest.mark.parametrize(
    "address",
    [
        "/rss", "/rss.xml", "/feeds/", "/flux-rss", "/spip.php?page=backend", "/?feed=rss2",
        "/index.php?format=feed&type=rss", "/rss/politique.xml", "/a-la-une.rss",
        "https://feeds.courrier.example/une", "https://feeds.feedburner.com/courrier",
    ],
)  # fmt: skip
def test_a_link_that_looks_like_a_feed_is_followed(address: str) -> None:
    """Older sites declare no feed and have a page, or a footer, that links to them."""
    assert len(urls(f'<a href="{address}">Flux</a>')) == 1


@pytest.mark.parametrize(
    "address",
    ["/feedback", "/rssi-recrute", "/le-flux-des-migrants", "https://autre.example/feed/", "#rss"],
)
def test_a_link_that_only_sounds_like_a_feed_is_not_followed(address: str) -> None:
    """Each link is a request to the site, and another site's feed is not this one's."""
    assert urls(f'<a href="{address}">Flux</a>') == []


def test_links_are_relative_to_the_base_of_the_page() -> None:
    """HTML resolves them so, and a page that was moved relies on it."""
    markup = '<head><base href="https://www.courrier.example/fr/"></head><a href="rss">RSS</a>'

    assert urls(markup.replace("<a ", '<link rel=alternate type="application/rss+xml" ')) == [
        "https://www.courrier.example/fr/rss"
    ]


@pytest.mark.parametrize(
    "markup",
    [
        '<meta property="og:type" content="article">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "T"}</script>',
    ],
)
def test_an_articles_page_is_recognised(markup: str) -> None:
    """WordPress declares the feed of an article's comments there, under the article's path."""
    assert links(f"<head>{markup}</head>").is_article
    assert not links(FRONT).is_article


def test_no_page_makes_us_ask_for_hundreds_of_addresses() -> None:
    """A page may link to ten thousand things that look like feeds."""
    markup = "".join(f'<a href="/{n}/rss">x</a>' for n in range(1_000))

    assert len(urls(markup)) == MAX_LINKS


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    """The page is a stranger's, and may be anything."""
    assert find_page_links(data, url=URL).feeds == ()


PIECES = [
    *('<link rel="alternate" type="application/rss+xml" href="', '<a href="', '">', "<base href="),
    *("/feed", "/rss", "//", "http://[", "javascript:x", "<!--", "<script>", "\x00", " "),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_is_found_is_a_web_address(markup: str) -> None:
    """What is found is fetched, so nothing else may be found."""
    assert all(url.startswith(("http://", "https://")) for url in urls(markup))
