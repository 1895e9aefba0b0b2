"""What a page shows around its headline, and what belongs to other articles."""

from datetime import UTC, datetime

from lxml import html

from service.articles.html_page.visible_metadata import (
    drop_foreign_elements,
    drop_leading_datelines,
    extract_visible_metadata,
    marked_dates,
    visible_authors,
    visible_date,
    visible_section,
)

TITLE = "Le port agrandit ses quais"
PAGE = f"""<html><body>
<nav class="breadcrumb"><a href="/">Accueil</a> <a href="/eco">Économie</a></nav>
<article><h1>{TITLE}</h1>
<p>Publié le 8 février 2023 à 14:39</p><p>Par Awa Koné</p>
<p>« Les travaux commencent en mars. »</p>
<p>Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale, et le
gouvernement promet que les travaux commencent avant la fin du mois de mars prochain.</p>
</article>
<aside class="related"><h3>Autre chose</h3><p>Par Jean Sossou</p></aside>
</body></html>"""


def test_the_lines_below_the_headline_are_its_metadata() -> None:
    found = extract_visible_metadata(html.document_fromstring(PAGE), title=TITLE, zone=UTC)

    assert found.published == datetime(2023, 2, 8, 14, 39, tzinfo=UTC)
    assert found.authors == ("Awa Koné",)
    assert found.lede == "Les travaux commencent en mars."


def test_a_page_without_the_headline_has_no_metadata() -> None:
    found = extract_visible_metadata(html.document_fromstring(PAGE), title="Autre", zone=UTC)

    assert (found.published, found.authors, found.lede) == (None, (), "")


def test_breadcrumbs_name_the_section() -> None:
    assert visible_section(html.document_fromstring(PAGE), title=TITLE) == "Économie"


def test_elements_of_other_articles_are_dropped() -> None:
    tree = html.document_fromstring(PAGE)

    drop_foreign_elements(tree)

    assert "Sossou" not in tree.text_content()
    assert "Awa Koné" in tree.text_content()


def test_a_marked_byline_near_the_headline_wins() -> None:
    tree = html.document_fromstring(
        f"<h1>{TITLE}</h1><span itemprop='author'>Awa Koné</span>"
        + "<p>Un texte.</p>" * 300
        + "<span itemprop='author'>Jean Sossou</span>"
    )

    assert visible_authors(tree, title=TITLE) == ("Awa Koné",)


def test_marked_dates_are_found_by_their_kind() -> None:
    tree = html.document_fromstring(
        f"<article><h1>{TITLE}</h1><time itemprop='datePublished' datetime='2023-02-08'>hier</time>"
        "<time itemprop='dateModified' datetime='2023-02-09'>ce matin</time></article>"
    )

    assert visible_date(tree, "published", title=TITLE) == "2023-02-08"
    assert visible_date(tree, "updated", title=TITLE) == "2023-02-09"
    assert set(marked_dates(tree)) == {"2023-02-08", "2023-02-09"}


def test_datelines_above_the_text_are_dropped() -> None:
    paragraphs = ["Publié le 8 février 2023", "Awa Koné", "Les travaux commencent en mars."]

    assert drop_leading_datelines(paragraphs, zone=UTC) == paragraphs[2:]
