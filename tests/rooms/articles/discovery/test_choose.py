"""Of all feeds of a site, the one that its newsletter means."""

import pytest

from service.articles.discovery.choose import PageFacts, find_equals, is_of_section, rank_feeds
from service.articles.discovery.feed_candidate import FeedCandidate, FoundBy
from service.articles.parsed_article import FeedFormat
from tests.rooms.articles.discovery.candidates import a_candidate

FRONT = PageFacts(url="https://courrier.example/", language="fr")
SECTION = PageFacts(url="https://courrier.example/rubrique/economie/", language="fr")


def chosen(*candidates: FeedCandidate, page: PageFacts = FRONT) -> list[str]:
    equals = find_equals(rank_feeds(candidates, page), page)
    return [each.url.removeprefix("https://courrier.example") for each in equals]


def test_articles_come_before_comments_and_something_before_nothing() -> None:
    """WordPress declares both; a feed of comments as news would be a newsletter's end."""
    comments = a_candidate("/comments/feed/", lists="xyz", has_comments=True)
    empty = a_candidate("/rss", lists="")

    assert chosen(comments, empty, a_candidate()) == ["/feed/"]
    assert chosen(comments) == []


def test_a_sections_page_asks_for_its_sections_feed() -> None:
    """Whoever gives the address of a section wants its articles, not all."""
    own, named = a_candidate("/rubrique/economie/feed/"), a_candidate("/rss/economie.xml")

    assert chosen(a_candidate(), own, page=SECTION) == ["/rubrique/economie/feed/"]
    assert chosen(a_candidate(), named, page=SECTION) == ["/rss/economie.xml"]
    assert chosen(a_candidate(), a_candidate("/rss/sport.xml", lists="x"), page=SECTION) == [
        "/feed/"
    ]


def test_an_articles_page_asks_for_the_sites_feed() -> None:
    """Its own feed is that of its comments, or of one article."""
    page = PageFacts(url="https://courrier.example/economie/un-port/", is_article=True)

    assert chosen(a_candidate(), a_candidate("/economie/un-port/feed/"), page=page) == ["/feed/"]
    assert page.section is None


def test_a_front_page_asks_for_the_widest_feed() -> None:
    """A site's own feed has the shortest path, and no parameter for a section."""
    sections = a_candidate("/category/sport/feed/", lists="x")

    assert chosen(sections, a_candidate()) == ["/feed/"]
    assert chosen(
        a_candidate("/spip.php?page=backend&id_rubrique=3", lists="x"),
        a_candidate("/spip.php?page=backend"),
    ) == ["/spip.php?page=backend"]


def test_a_feed_in_the_pages_language_comes_first() -> None:
    """A site in two languages declares a feed for each on every page."""
    english = a_candidate("/en.xml", lists="xyz", language="en")

    assert chosen(english, a_candidate("/fr.xml", language="fr")) == ["/fr.xml"]


def test_of_the_same_articles_in_two_formats_the_richer_feed_is_taken() -> None:
    """They are one feed to a reader; the texts, a hub and exact dates are worth more."""
    rss, atom = a_candidate("/rss"), a_candidate("/atom", format=FeedFormat.ATOM)

    assert chosen(rss, atom) == ["/atom"]
    assert chosen(a_candidate("/rss", hub_url="https://hub.example/"), atom) == ["/rss"]
    assert chosen(a_candidate("/rss", has_full_text=True), atom) == ["/rss"]


def test_feeds_of_other_articles_that_are_as_good_leave_the_choice_to_the_operator() -> None:
    """Choosing one of them silently would leave out half of a site."""
    assert chosen(a_candidate("/nord.xml", lists="abc"), a_candidate("/sud.xml", lists="xyz")) == [
        "/nord.xml",
        "/sud.xml",
    ]


def test_a_news_sitemap_is_taken_only_where_there_is_no_feed() -> None:
    """It has headlines and dates, but no summaries."""
    sitemap = a_candidate(
        "/news.xml", lists="z", format=FeedFormat.NEWS_SITEMAP, found_by=FoundBy.SITEMAP
    )

    assert chosen(sitemap, a_candidate("/a/b/c/feed", found_by=FoundBy.WELL_KNOWN)) == [
        "/a/b/c/feed"
    ]
    assert chosen(sitemap) == ["/news.xml"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/rubrique/economie/feed/", True), ("/rss/Économie.xml", True), ("/rss/sport.xml", False)],
)
def test_a_sections_feed_lies_below_its_page_or_has_its_name(path: str, expected: bool) -> None:
    """Sites write the name with and without accents."""
    assert is_of_section(a_candidate(path), SECTION) is expected
    assert not is_of_section(a_candidate(path), FRONT)
