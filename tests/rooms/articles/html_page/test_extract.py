"""Article pages that describe themselves well, a little, or not at all."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.articles.html_page.extract import extract_article
from service.articles.parsed_article import ParsedArticle
from service.kit.errors import OperationRefused

DATA = Path(__file__).parents[3] / "data" / "pages"
ZONE = ZoneInfo("Africa/Porto-Novo")
URL = "https://lagune.example/page"


def page(name: str) -> ParsedArticle:
    return extract_article((DATA / name).read_bytes(), url=URL, zone=ZONE)


def test_schema_org_in_a_graph_is_read_although_its_json_is_sloppy() -> None:
    parsed = page("graph.html")

    assert parsed.title == "Ghana : le prix du cacao relevé avant la récolte"
    assert parsed.section == "Économie"
    assert parsed.summary == "Le kilo sera payé un quart de plus dès octobre."
    assert parsed.authors == ("Kwame Asante", "Awa Diop")
    assert parsed.published == datetime(2023, 2, 8, 14, 39, tzinfo=ZONE)
    assert parsed.updated == datetime(2023, 2, 9, 8, 5, tzinfo=ZONE)
    assert parsed.url == "https://lagune.example/economie/cacao"
    assert parsed.language == "fr"
    assert parsed.image_url == "https://lagune.example/images/cacao.jpg"
    assert parsed.image_alt == "Des fèves sèchent au soleil"


def test_pointers_and_furniture_stay_out_of_the_text() -> None:
    parsed = page("graph.html")

    assert parsed.related == ("Côte d’Ivoire : les planteurs veulent le même prix",)
    assert len(parsed.body) == 3
    assert not any("AUSSI" in text or "réservés" in text for text in parsed.body)


def test_opengraph_in_latin_1_is_read() -> None:
    parsed = page("opengraph.html")

    assert parsed.title == "Ghana : le prix du cacao relevé avant la récolte"
    assert parsed.section == "Économie"
    assert parsed.authors == ("Kwame Asante",)
    assert parsed.published == datetime(2023, 2, 8, 14, 39, tzinfo=ZONE)
    assert parsed.url == "https://lagune.example/economie/cacao"
    assert parsed.image_alt == "Des fèves"


def test_a_page_that_describes_nothing_still_has_headline_and_text() -> None:
    parsed = page("bare.html")

    assert parsed.title == "Ghana : le prix du cacao relevé avant la récolte"
    assert parsed.summary == "Le kilo sera payé un quart de plus dès octobre."
    assert parsed.body[-1].startswith("Le conseil du cacao tranchera en avril")
    assert parsed.language == "fr"
    assert parsed.url == URL


def test_a_front_page_is_no_article() -> None:
    with pytest.raises(OperationRefused, match="no headline"):
        page("home.html")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"<html></html>",
        b"<!-- -->",
        b"no markup",
        b"<html><h1>Un titre</h1></html>",
        b'<script type="application/ld+json">{"@type":"NewsArticle","headline":7}</script>',
    ],
)
def test_a_page_without_an_article_gets_a_sentence(data: bytes) -> None:
    with pytest.raises(OperationRefused) as refusal:
        extract_article(data, url=URL, zone=ZONE)

    assert str(refusal.value).endswith(".")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_any_page_is_an_article_or_a_sentence(text: str) -> None:
    try:
        extract_article(f"<html><body><h1>{text}".encode("utf-8", "replace"), url=URL, zone=ZONE)
    except OperationRefused as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017  Either outcome is right.
