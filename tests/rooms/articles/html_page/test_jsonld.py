"""JSON-LD as news pages really carry it."""

import pytest

from service.articles.html_page.jsonld import find_article, image_of, names_of, text_of


def test_the_article_is_found_inside_a_graph_with_the_dates_of_its_page() -> None:
    script = """{"@graph": [
      {"@type": "WebPage", "datePublished": "2023-02-08"},
      {"@type": "NewsArticle", "headline": "Un titre", "author": {"@id": "#awa"}},
      {"@id": "#awa", "name": "Awa Koné"},
      {"@type": "BreadcrumbList", "itemListElement": [
        {"position": 2, "name": "Politique"}, {"position": 1, "name": "Accueil"}]}
    ]}"""

    found = find_article([script])

    assert found["headline"] == "Un titre"
    assert found["datePublished"] == "2023-02-08"
    assert names_of(found["author"]) == ["Awa Koné"]
    assert found["breadcrumb"] == ["Accueil", "Politique"]


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "headline": "Un titre"} -->',
        '{"@type": "Article", "headline": "Un titre",}',
        '[{"@type": ["Thing", "https://schema.org/Article"], "name": "Un titre"}];',
    ],
)
def test_broken_wrapping_is_tolerated(script: str) -> None:
    found = find_article([script])

    assert text_of(found.get("headline") or found.get("name")) == "Un titre"


@pytest.mark.parametrize("script", ["", "{", "[" * 5_000, '{"@type": "Person"}', "x" * 600_000])
def test_without_an_article_nothing_is_found(script: str) -> None:
    assert find_article([script]) == {"breadcrumb": []}


def test_values_come_in_many_shapes() -> None:
    assert text_of([{"@value": ""}, {"@value": "Un titre"}]) == "Un titre"
    assert names_of(["Awa Koné", {"name": ["A. Koné"]}, '{"name": "B. Sow"}']) == [
        "Awa Koné",
        "A. Koné",
        "B. Sow",
    ]
    assert image_of([{"caption": "vide"}, {"url": "/i.jpg", "caption": "Un port"}]) == (
        "/i.jpg",
        "Un port",
    )
