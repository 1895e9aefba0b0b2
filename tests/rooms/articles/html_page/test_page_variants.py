"""One article as many sites would describe and mark it up; a reader sees the same article."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.articles.html_page.extract import extract_article
from service.articles.parsed_article import ParsedArticle

ZONE = ZoneInfo("Africa/Porto-Novo")
URL = "https://golfe.example/continent/pont.html"
TITLE = "Niger : le pont de Farié rouvre aux camions"
BAC = "Mali : le bac rouvre"
PARAGRAPHS = (
    "Les camions attendaient depuis un mois sur la rive droite, entre les étals de mangues.",
    "Le préfet a promis que le péage resterait fermé la nuit, le temps d’installer l’éclairage.",
    "Les transporteurs demandent que la route de Tillabéri soit réparée avant les pluies.",
)
NEWS: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "description": "Le fleuve a baissé.",
    "articleSection": "Continent",
    "datePublished": "2023-02-08T02:39:00",
    "author": "Marie Sow",
}
MARIE, KOFFI = {"@type": "Person", "name": "Marie Sow"}, "Koffi Mensah"


def page(*described: object, inside: str = "", below: str = "", above: str = "") -> str:
    first, *others = (f"<p>{text}</p>" for text in PARAGRAPHS)
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(each, ensure_ascii=False)}</script>'
        for each in described
    )
    return (
        f"<!doctype html><html lang=fr><head>{scripts}</head><body><nav><a href=/>Accueil</a></nav>"
        f"<main><article><h1>{TITLE}</h1>{above}{first}{inside}{''.join(others)}{below}</article>"
        "</main><footer><p>Abonnez-vous à notre newsletter</p></footer></body></html>"
    )


def read(markup: str | bytes) -> ParsedArticle:
    return extract_article(
        markup.encode() if isinstance(markup, str) else markup, url=URL, zone=ZONE
    )


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Par Marie Sow", ("Marie Sow",)),
        ([MARIE, KOFFI, {"@type": "Organization", "name": "AFP"}], ("Marie Sow", KOFFI, "AFP")),
        ({"@type": "Person", "name": "Marie Sow et Koffi Mensah"}, ("Marie Sow", KOFFI)),
        ({"@type": "Person", "name": ["Marie Sow", KOFFI]}, ("Marie Sow", KOFFI)),
    ],
)
def test_authors_are_found_however_they_are_described(
    author: object, names: tuple[str, ...]
) -> None:
    assert read(page({**NEWS, "author": author})).authors == names


def test_authors_and_pictures_that_stand_elsewhere_in_the_graph_are_looked_up() -> None:
    news = {**NEWS, "@type": ["Article", "NewsArticle"], "author": {"@id": "#marie"}}
    picture = {"@type": "ImageObject", "@id": "#pont", "url": "/pont.jpg", "caption": "Le pont"}
    graph = [{**news, "image": {"@id": "#pont"}}, picture, {**MARIE, "@id": "#marie"}]

    parsed = read(page({"@context": "https://schema.org", "@graph": graph}))

    assert parsed.authors == ("Marie Sow",)
    assert parsed.image_url == "https://golfe.example/pont.jpg"
    assert parsed.image_alt == "Le pont"


def test_a_list_of_other_articles_is_not_the_article() -> None:
    other = {"@type": "ListItem", "item": {"@type": "NewsArticle", "headline": BAC}}

    parsed = read(page({"@type": "ItemList", "itemListElement": [other]}, NEWS))

    assert parsed.title == TITLE


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2023-02-08T02:39:00", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
        ("2023-02-08T01:39:00Z", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
        ("2023-02-08 02:39:00", datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)),
        ("08/02/2023", datetime(2023, 2, 8, tzinfo=ZONE)),
    ],
)
def test_dates_without_a_zone_are_the_publications(told: str, moment: datetime) -> None:
    assert read(page({**NEWS, "datePublished": told})).published == moment


def test_what_a_page_shows_serves_where_nothing_is_described() -> None:
    parsed = read(
        page(
            above='<p class="byline">Par <a rel="author" href="/marie">Marie Sow</a></p>'
            '<time datetime="2023-02-08T02:39:00">8 février</time>'
        )
    )

    assert parsed.title == TITLE
    assert parsed.authors == ("Marie Sow",)
    assert parsed.published == datetime(2023, 2, 8, 2, 39, tzinfo=ZONE)
    assert parsed.body == PARAGRAPHS


def test_a_name_below_the_text_signs_it() -> None:
    parsed = read(page(below="<p><strong>Marie Sow</strong></p>"))

    assert parsed.authors == ("Marie Sow",)
    assert parsed.body == PARAGRAPHS


@pytest.mark.parametrize(
    "inside",
    [
        f'<p><strong>À lire aussi :</strong> <a href="/bac">{BAC}</a></p>',
        f'<p><a href="/bac">Lire aussi : {BAC}</a></p>',
        f'<div><h3>À lire aussi</h3><ul><li><a href="/bac">{BAC}</a></li></ul></div>',
        f'<aside><p>A LIRE AUSSI</p><p><a href="/bac">{BAC}</a></p></aside>',
        f'<blockquote><p>LIRE AUSSI : <a href="/bac">{BAC}</a></p></blockquote>',
        f'<p>Publicité</p><p>(Lire aussi : <a href="/bac">{BAC}</a>)</p><p>Partager</p>',
    ],
)
def test_pointers_to_other_articles_are_taken_out_of_the_text(inside: str) -> None:
    parsed = read(page(NEWS, inside=inside))

    assert parsed.related == (BAC,)
    assert parsed.body == PARAGRAPHS


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("cp1252", "iso-8859-1"), ("utf-8", "iso-8859-1"), ("cp1252", "windows-1252")],
)
def test_a_wrongly_declared_encoding_is_read_as_browsers_do(encoding: str, declared: str) -> None:
    markup = page(NEWS).replace("<head>", f'<head><meta charset="{declared}">')

    parsed = read(markup.encode(encoding))

    assert parsed.title == TITLE
    assert parsed.body == PARAGRAPHS
