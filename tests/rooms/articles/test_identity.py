"""Aliases: what identifies an article, and what identifies none."""

from datetime import UTC, datetime

from service.articles.identity import (
    aliases_of,
    content_hash,
    find_shared_aliases,
    first_occurrences,
    strong_aliases,
    url_numbers,
)
from service.articles.parsed_article import ParsedArticle

URL = "https://courrier.example/politique/4821"
DAY = datetime(2023, 2, 8, tzinfo=UTC)


def test_copies_of_a_page_have_the_same_strong_alias() -> None:
    page = ParsedArticle(title="Un titre", url=URL)
    mobile = ParsedArticle(title="Un titre", url="http://m.courrier.example/politique/4821/amp")

    assert strong_aliases(page) == strong_aliases(mobile)


def test_a_plain_guid_identifies_an_article_only_within_its_feed() -> None:
    parsed = ParsedArticle(title="Un titre", guid="post-1")

    assert strong_aliases(parsed, feed_id=1) != strong_aliases(parsed, feed_id=2)


def test_a_urn_identifies_an_article_everywhere() -> None:
    parsed = ParsedArticle(title="Un titre", guid="urn:courrier:1")

    assert strong_aliases(parsed, feed_id=1) == strong_aliases(parsed)


def test_a_placeholder_and_a_front_page_identify_nothing() -> None:
    parsed = ParsedArticle(title="Un titre", guid="N/A", url="https://courrier.example/")

    assert strong_aliases(parsed) == []


def test_headline_and_day_are_the_weak_alias_within_the_feed_first() -> None:
    one = aliases_of(ParsedArticle(title="Un titre", published=DAY), feed_id=7)
    same = aliases_of(ParsedArticle(title="UN  TITRE", published=DAY.replace(hour=9)), feed_id=7)

    assert one.weak() == same.weak() == [f"7:{one.title_day}", one.title_day]


def test_an_alias_of_two_headlines_is_shared() -> None:
    parsed = [ParsedArticle(title=title, url=URL) for title in ("Un", "Deux")]
    aliases = [aliases_of(each) for each in parsed]

    assert find_shared_aliases(parsed, aliases) == set(aliases[0].strong())


def test_the_same_item_listed_twice_shares_nothing_and_counts_once() -> None:
    parsed = [ParsedArticle(title="Un", url=URL)] * 2
    aliases = [aliases_of(each) for each in parsed]

    assert find_shared_aliases(parsed, aliases) == set()
    assert first_occurrences(aliases, shared=set()) == [True, False]


def test_the_content_hash_changes_only_with_what_readers_see() -> None:
    parsed = ParsedArticle(title="Un titre", summary="Un chapeau.", tags=("sport",), guid="1")
    retagged = ParsedArticle(title="Un titre", summary="Un chapeau.", tags=("foot",), guid="2")
    revised = ParsedArticle(title="Un titre", summary="Un autre chapeau.")

    assert content_hash(parsed) == content_hash(retagged)
    assert content_hash(parsed) != content_hash(revised)


def test_the_numbers_of_a_url_are_in_their_order() -> None:
    parsed = ParsedArticle(title="Un titre", url="https://courrier.example/2023/02/07/a12?id=9")

    assert url_numbers(parsed) == (2023, 2, 7, 12, 9)


def test_a_guid_that_is_an_address_is_the_page_and_a_front_page_is_none() -> None:
    def strong(guid: str) -> object:
        return strong_aliases(ParsedArticle(title="Un titre", guid=guid), feed_id=1)

    page = strong_aliases(ParsedArticle(title="Un titre", url=URL), feed_id=1)

    assert strong(URL) == page
    assert strong(f"{URL}#live-2") != page
    assert strong("https://courrier.example/") == strong("")


def test_a_guid_of_any_length_fits_into_the_index() -> None:
    long, other = ("x" * 3_000, "x" * 2_999 + "y")

    aliases = [
        strong_aliases(ParsedArticle(title="Un titre", guid=guid), feed_id=1)
        for guid in (long, other)
    ]

    assert all(len(alias) < 200 for each in aliases for alias in each)
    assert aliases[0] != aliases[1]
