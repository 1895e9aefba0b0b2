"""Article pages that describe themselves well, a little, or not at all."""

from datetime import UTC, datetime
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


MICRODATA = """<html><head><meta property="og:title" content="Partagé">
<meta property="og:image" content="https://courrier.example/logo.jpg">
<meta property="article:published_time" content="2020-01-01T00:00:00Z">{head}</head><body>
<article itemscope itemtype="https://schema.org/NewsArticle">
<h1 itemprop="headline">Le port agrandit ses quais</h1>
<span itemprop="author" itemscope itemtype="https://schema.org/Person">
<span itemprop="name">Awa Koné</span></span>
<time itemprop="datePublished" datetime="2023-02-08T02:39:00+00:00">mercredi</time>
<meta itemprop="articleSection" content="Économie">
<link itemprop="image" href="/quai.jpg">
<p>Les travaux du port d’Abidjan commencent en mars et dureront deux ans, dit la direction, qui
attend des navires plus grands et promet mille emplois aux jeunes de la commune voisine.</p>
<p>Les riverains demandent des garanties, car le bruit et la poussière les inquiètent depuis le
premier chantier, dont la fin avait été repoussée de plusieurs mois sans explication aucune.</p>
</article></body></html>"""


def microdata_page(head: str = "") -> ParsedArticle:
    markup = MICRODATA.replace("{head}", head)
    return extract_article(markup.encode(), url="https://courrier.example/port", zone=UTC)


def test_microdata_comes_before_opengraph() -> None:
    """What is shared on networks is written for them; microdata marks the article itself."""
    article = microdata_page()

    assert article.title == "Le port agrandit ses quais"
    assert article.authors == ("Awa Koné",)
    assert article.section == "Économie"
    assert article.published == datetime(2023, 2, 8, 2, 39, tzinfo=UTC)
    assert article.image_url == "https://courrier.example/quai.jpg"


def test_json_ld_comes_before_microdata() -> None:
    """It is written for programs; microdata fills what it leaves out."""
    article = microdata_page(
        '<script type="application/ld+json">{"@type": "NewsArticle", '
        '"headline": "Le port agrandit ses quais", "datePublished": "2023-02-08T03:00Z"}</script>'
    )

    assert article.published == datetime(2023, 2, 8, 3, 0, tzinfo=UTC)
    assert article.authors == ("Awa Koné",)
