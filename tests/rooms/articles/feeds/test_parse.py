"""Feeds in their formats, and things that only look like feeds."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.articles.feeds.parse import MAX_ITEMS, parse_feed
from service.articles.input_format import InputFormat, detect_format
from service.articles.parsed_article import ParsedArticle
from service.kit.errors import OperationRefused

DATA = Path(__file__).parents[3] / "data"
ZONE = ZoneInfo("Africa/Porto-Novo")
URL = "https://courrier.example/flux/rss.xml"


def articles(name: str) -> list[ParsedArticle]:
    return list(parse_feed((DATA / "feeds" / name).read_bytes(), url=URL, zone=ZONE).articles)


def test_rss_2_is_read_with_its_namespaces() -> None:
    cacao, naufrage = articles("rss2.xml")

    assert cacao == ParsedArticle(
        title="Ghana : le prix du cacao relevé & salué",
        section="Économie",
        summary="Le kilo sera payé un quart de plus.",
        body=("La décision était attendue.", "Le voisin devra s’aligner."),
        authors=("Kwame Asante", "Awa Diop"),
        published=datetime(2023, 2, 8, 2, 39, tzinfo=ZONE),
        url="https://courrier.example/economie/cacao",
        language="fr",
        related=("Côte d’Ivoire : la fève au même prix",),
        image_url="https://courrier.example/images/cacao.jpg",
        image_alt="Des fèves au soleil",
        guid="courrier-2002",
    )
    assert naufrage.authors == ("La rédaction",)
    assert naufrage.image_url == "https://courrier.example/naufrage.jpg"


def test_a_time_without_offset_is_the_publications() -> None:
    naufrage = articles("rss2.xml")[1]

    assert naufrage.published == datetime(2023, 2, 7, 18, 0, tzinfo=ZONE)


def test_rss_1_is_read() -> None:
    (oignons,) = articles("rss1.rdf")

    assert oignons.title == "Niger : la récolte d'oignons"
    assert oignons.section == "Agriculture"
    assert oignons.published == datetime(2024, 3, 10, 19, 5, tzinfo=ZONE)
    assert oignons.guid == "https://sahel.example/oignons"


def test_atom_is_read() -> None:
    (cocoa,) = articles("atom.xml")

    assert cocoa.title == "Cocoa farmers paid more"
    assert cocoa.authors == ("Kwame Asante", "Ama Boateng")
    assert cocoa.language == "en"
    assert cocoa.image_url == "https://gulf.example/cocoa.png"
    assert cocoa.updated == datetime(2023, 2, 9, 9, 0, tzinfo=ZONE)


def test_json_feed_is_read_and_its_odd_items_are_left_out() -> None:
    untitled, gare = articles("jsonfeed.json")

    assert untitled.title == "Sans titre mais pas sans texte."
    assert gare.body == ("Les rails sont restés.", "Les locomotives aussi.")
    assert gare.section == "Culture"
    assert gare.published == datetime(2023, 12, 5, 11, 45, tzinfo=ZONE)
    assert gare.image_url == "https://courrier.example/gare.jpg"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY l2 "&lol;&lol;">]>
<rss version="2.0"><channel><title>&l2;</title></channel></rss>"""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (BOMB, "entities"),
        (BOMB.decode().encode("utf-16"), "entities"),
        (b"<html><body>Page introuvable</body></html>", "no feed"),
        (b"Bonjour", "no feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no feed"),
        (b"{", "broken JSON"),
        (b"[" * 100_000, "no feed"),
        (b'{"a":' * 100_000, "broken JSON"),
        (b'{"version": "2.0", "items": []}', "no JSON Feed"),
    ],
    ids=range(11),
)
def test_what_is_no_feed_gets_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(OperationRefused, match=said):
        parse_feed(data, url=URL, zone=ZONE)


def test_a_file_name_or_address_as_content_opens_nothing() -> None:
    with pytest.raises(OperationRefused, match="no feed"):
        parse_feed(str(DATA / "feeds" / "rss2.xml").encode(), url=URL, zone=ZONE)


def test_external_entities_are_not_read() -> None:
    data = b"""<?xml version="1.0"?><!DOCTYPE r SYSTEM "file:///etc/passwd">
    <rss version="2.0"><channel><item><title>Un titre</title></item></channel></rss>"""

    read = parse_feed(data, url=URL, zone=ZONE)

    assert [parsed.title for parsed in read.articles] == ["Un titre"]


def test_of_very_many_items_the_newest_are_kept() -> None:
    items = [
        {"id": str(n), "title": f"Titre {n}", "date_published": f"2023-01-01T00:{n % 60:02}:00Z"}
        for n in range(10_000)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}

    read = parse_feed(json.dumps(feed).encode(), url=URL, zone=ZONE)

    assert len(read.articles) == MAX_ITEMS
    assert all(parsed.published and parsed.published.minute >= 56 for parsed in read.articles)


def test_a_feed_cut_in_the_middle_gives_what_came() -> None:
    data = (DATA / "feeds" / "rss2.xml").read_bytes()

    read = parse_feed(data[: data.index(b"<item><description>")], url=URL, zone=ZONE)

    assert len(read.articles) == 2


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_a_sentence(data: bytes) -> None:
    try:
        parse_feed(data, url=URL, zone=ZONE)
    except OperationRefused as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017  Either outcome is right.


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("feeds/rss2.xml", InputFormat.FEED),
        ("feeds/rss1.rdf", InputFormat.FEED),
        ("feeds/atom.xml", InputFormat.FEED),
        ("feeds/jsonfeed.json", InputFormat.FEED),
        ("pages/graph.html", InputFormat.PAGE),
        ("pages/opengraph.html", InputFormat.PAGE),
        ("pages/bare.html", InputFormat.PAGE),
        ("clippings/01-the-whole-shape.txt", InputFormat.CLIPPING),
        ("clippings/09-crlf-and-no-break-spaces.txt", InputFormat.CLIPPING),
        ("clippings/10-windows-1252.txt", InputFormat.CLIPPING),
        ("clippings/11-utf-16.txt", InputFormat.CLIPPING),
    ],
)
def test_the_kind_of_a_source_is_recognised(path: str, source: InputFormat) -> None:
    assert detect_format((DATA / path).read_bytes()) is source
