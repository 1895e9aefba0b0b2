"""JSON Feed: values of the wrong type count as missing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from service.articles.feeds.jsonfeed import is_json_feed, parse_json_feed
from service.articles.parsed_article import ParsedArticle
from service.kit.errors import OperationRefused

URL = "https://courrier.example/feed.json"


def parse(*items: Any, most: int = 500, **more: Any) -> list[ParsedArticle]:
    told = {"version": "https://jsonfeed.org/version/1.1", "items": items, **more}
    return list(parse_json_feed(json.dumps(told).encode(), url=URL, zone=UTC, most=most).articles)


def test_an_item_has_all_its_parts() -> None:
    (article,) = parse(
        {
            "id": "1",
            "url": "/un",
            "title": "Un titre",
            "summary": "Un <b>chapeau</b>.",
            "content_html": "<p>Un paragraphe.</p>",
            "date_published": "2023-02-08T12:00:00Z",
            "authors": [{"name": "Awa Koné"}],
            "tags": ["Politique"],
            "image": "https://courrier.example/i.jpg",
        }
    )

    assert article.url == "https://courrier.example/un"
    assert (article.summary, article.body) == ("Un chapeau.", ("Un paragraphe.",))
    assert article.published == datetime(2023, 2, 8, 12, tzinfo=UTC)
    assert (article.authors, article.section) == (("Awa Koné",), "Politique")
    assert (article.image_url, article.position) == ("https://courrier.example/i.jpg", 0)


def test_values_of_the_wrong_type_count_as_missing() -> None:
    (article,) = parse(
        "no item", {"title": "Un titre", "summary": 7, "authors": 3, "tags": {"a": 1}, "image": []}
    )

    assert (article.summary, article.authors, article.categories) == ("", (), ())


def test_the_feeds_authors_are_those_of_items_without_any() -> None:
    (article,) = parse({"title": "Un titre"}, authors=[{"name": "Awa Koné"}])

    assert article.authors == ("Awa Koné",)


def test_milliseconds_are_a_date() -> None:
    (article,) = parse({"title": "Un titre", "date_published": 1675857600000})

    assert article.published == datetime(2023, 2, 8, 12, tzinfo=UTC)


def test_only_the_newest_items_are_parsed() -> None:
    items = [{"title": f"Titre {day}", "date_published": f"2023-02-0{day}"} for day in range(1, 6)]

    assert [each.title for each in parse(*items, most=2)] == ["Titre 4", "Titre 5"]


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"version": "2"}'])
def test_other_json_is_refused(data: bytes) -> None:
    assert is_json_feed(data)
    with pytest.raises(OperationRefused):
        parse_json_feed(data, url=URL, zone=UTC, most=5)
