"""What is said of a feed before it is added."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.articles.discovery.feed_candidate import (
    FeedCandidate,
    FoundBy,
    SiteOffer,
    describe_candidate,
)
from service.articles.parsed_article import ParsedArticle, ParsedFeed
from service.kit.errors import OperationRefused
from service.kit.translatable import translatable

DAY = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def described(
    *articles: ParsedArticle, url: str = "https://courrier.example/feed/", **about: Any
) -> FeedCandidate:
    feed = ParsedFeed(**{"title": "Le Courrier", "language": "fr", "articles": articles, **about})
    return describe_candidate(feed, url=url, found_by=FoundBy.DECLARED)


def test_items_and_the_newest_date_are_counted() -> None:
    """An operator sees by these whether a feed is alive."""
    found = described(
        ParsedArticle(title="Un", published=DAY),
        ParsedArticle(title="Deux"),
        ParsedArticle(title="Trois", updated=DAY.replace(hour=7)),
    )

    assert (found.items, found.newest_at) == (3, DAY.replace(hour=7))


def test_a_feed_of_whole_articles_is_told_from_one_of_teasers() -> None:
    """A single long teaser, or a single short article, decides nothing."""
    whole = [ParsedArticle(title="T", body=("Un texte. " * 100,))] * 3
    teaser = ParsedArticle(title="T", body=("Un texte.",))

    assert described(*whole, teaser).has_full_text is True
    assert described(whole[0], teaser, teaser).has_full_text is False
    assert described().has_full_text is None


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://courrier.example/comments/feed/", "Le Courrier"),
        ("https://courrier.example/un-port/feed/", "Commentaires sur : Un port"),
        ("https://courrier.example/un-port/feed/", "Comments on: A port"),
    ],
)
def test_a_feed_of_comments_is_recognised_by_its_address_or_title(url: str, title: str) -> None:
    """WordPress names them so in each language."""
    assert described(url=url, title=title).has_comments
    assert not described(title="Le commentateur").has_comments


def test_a_feed_of_comments_is_recognised_by_its_links() -> None:
    """Its title may be in any language; its items link to comments."""
    comments = [
        ParsedArticle(title="Par Awa", url=f"https://courrier.example/port#comment-{n}")
        for n in range(3)
    ]

    assert described(*comments).has_comments


def test_an_offer_in_json_names_the_choice_and_the_reason_for_none() -> None:
    """A script decides by it whether to ask a person."""
    found = described(ParsedArticle(title="Un", published=DAY))
    chosen = SiteOffer(url="https://courrier.example/", feeds=[found], choice=found).to_json()
    none = SiteOffer(url="https://x.example/", problem=translatable("discovery.nothing")).to_json()
    unread = SiteOffer(url="https://x.example/", unread=OperationRefused("No.")).to_json()

    assert chosen["choice"] == chosen["feeds"][0]["url"] == found.url
    assert chosen["feeds"][0]["newest_at"] == "2023-02-08T06:00:00+00:00"
    assert (none["choice"], none["problem_key"]) == (None, "discovery.nothing")
    assert unread["problem"] == "No."
