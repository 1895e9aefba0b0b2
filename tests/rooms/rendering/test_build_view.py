from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from service.editions.frozen import FrozenArticle
from service.rendering.build_view import build_digest_view, safe_url
from tests.rooms.rendering.a_digest import a_letterhead


def _frozen(**changes: Any) -> FrozenArticle:
    article = FrozenArticle(
        section="Politique",
        section_slug="politique",
        bit=0,
        title="Un titre : le bon",
        summary="Un résumé.",
        url="https://echo.example/a",
        authors=("Awa Koné",),
        published=datetime(2023, 2, 7, 23, 39, tzinfo=UTC),
    )
    return replace(article, **changes)


def _digest_of(*articles: FrozenArticle, zone: str = "Africa/Abidjan") -> Any:
    return build_digest_view(
        a_letterhead(),
        articles,
        edition_date=date(2023, 2, 8),
        time_zone=zone,
        web_url="https://lettres.example/e/abc",
    )


def test_articles_are_grouped_by_section_in_the_order_of_the_page() -> None:
    view = _digest_of(
        _frozen(title="A"),
        _frozen(title="B"),
        _frozen(title="C", section="Culture", section_slug="culture", bit=4),
    )

    assert [(s.slug, s.bit, [a.title for a in s.articles]) for s in view.sections] == [
        ("politique", 0, ["A", "B"]),
        ("culture", 4, ["C"]),
    ]


def test_the_day_of_publication_is_the_newsletters_own() -> None:
    assert _digest_of(_frozen()).articles[0].published == date(2023, 2, 7)
    assert _digest_of(_frozen(), zone="Europe/Paris").articles[0].published == date(2023, 2, 8)
    assert _digest_of(_frozen(published=None)).articles[0].published is None


def test_words_are_set_on_one_line_with_no_break_spaces() -> None:
    (article,) = _digest_of(_frozen(title="Un\ntitre : le bon", related=("Et après ?",))).articles

    assert article.title == "Un titre\u00a0: le bon"
    assert article.related[0].title == "Et après\u00a0?"


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        "/relatif",
        "//echo.example/a",
        "ftp://echo.example",
        "https://",
        "https://[::1",
        "https://echo.example/a b",
        "https://echo.example/\r\nx",
        "https://echo.example/" + "x" * 3000,
        "data:image/png;base64,AAAA",
    ],
    ids=range(12),
)
def test_an_address_that_no_mail_may_carry_is_left_out(address: str | None) -> None:
    view = _digest_of(_frozen(url=address, image_url=address))

    assert safe_url(address) is None
    assert view.articles[0].url is None
    assert view.articles[0].image_url is None


def test_an_article_without_an_address_links_to_its_page_in_the_edition() -> None:
    view = _digest_of(_frozen(url=None, article_id=7, body=("Un texte.",)), _frozen(url=None))

    links = [article.url for article in view.sections[0].articles]
    assert links == ["https://lettres.example/e/abc/a/7", None]
