"""Texts that nobody ships: reading them takes time that grows with their length and no faster."""

import contextlib
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from service.articles.feeds.parse import parse_feed
from service.articles.html_page.extract import extract_article
from service.articles.parsing.images import first_image
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text
from service.articles.parsing.typography import cut_sentences
from service.articles.plain_text.clipping import parse_clipping
from service.kit.errors import OperationRefused

ZONE = ZoneInfo("Africa/Abidjan")
PROSE = "Le port sec a reçu lundi ses premiers conteneurs, après trois années de travaux."
UNITS = {
    "abbreviations": "M. ",
    "captions never closed": "<figcaption>",
    "paragraphs in bold": "<p><b>",
    "attributes": None,
    "open quotes": '<a "',
    "angles": "<<",
    "ampersands": "&",
    "calls": "Abonnez-vous à notre newsletter\n",
    "signatures": "Par Awa Koné\n\n",
    "headlines": "Un titre assez long pour un article\n",
    "dates": "Publié le 08/02/2023 à 2:39\n",
    "pointers": "Lire aussi : un autre titre\n",
    "guillemets": "« ",
    "dots": ".",
}
SIZE = 30_000


def _filled(name: str, size: int) -> str:
    unit = UNITS[name]
    if unit is None:
        return "<p " + " ".join(f"a{number}=1" for number in range(size // 8)) + f">{PROSE}"
    return unit * (size // len(unit))


def _page(text: str) -> None:
    page = f"<html><h1>Un titre assez long</h1><article><p>{PROSE}</p>{text}</article></html>"
    extract_article(page.encode(), url="https://courrier.example/a", zone=ZONE)


def _clipping(text: str) -> None:
    whole = f"Politique\n\nUn titre assez long\n\n{PROSE}\n\n{text}\n\n{PROSE}"
    parse_clipping(whole[:190_000], zone=ZONE)


def _feed(text: str) -> None:
    item = f"<item><title>Un titre</title><description><![CDATA[{text}]]></description></item>"
    feed = f'<rss version="2.0"><channel><title>F</title>{item}</channel></rss>'
    parse_feed(feed.encode(), url="https://courrier.example/feed", zone=ZONE)


READERS: dict[str, Callable[[str], object]] = {
    "page": _page,
    "clipping": _clipping,
    "paragraphs": html_to_paragraphs,
    "image": first_image,
    "sentences": lambda text: cut_sentences(text, limit=320),
}


BUSY = 2
"""A processor whose other half is busy takes up to twice as long, in processor time, too."""


def _seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    with contextlib.suppress(OperationRefused):
        read(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("reader", READERS)
def test_three_times_the_text_takes_at_most_some_times_as_long(reader: str, name: str) -> None:
    read = READERS[reader]
    read_once = _seconds(read, _filled(name, SIZE))

    thrice = min(_seconds(read, _filled(name, 3 * SIZE)) for _ in range(2))

    # Linear is 3, quadratic 9; what takes next to nothing may be noise.
    assert thrice < max(6 * read_once, 0.4)


MEGABYTE: dict[str, Callable[[str], object]] = {
    "page": _page,
    "page of lists": lambda text: _page(f"<nav class='breadcrumb'><footer class='byline'>{text}"),
    "clipping": lambda text: parse_clipping(f"Un titre assez long\n\n{PROSE}\n\n{text}", zone=ZONE),
    "feed": _feed,
    "event": lambda text: (html_to_text(text), html_to_paragraphs(text)),
}


@pytest.mark.parametrize("reader", MEGABYTE)
@pytest.mark.parametrize("name", ["paragraphs in bold", "attributes", "ampersands", "dates"])
def test_a_megabyte_is_read_or_refused_within_two_seconds(reader: str, name: str) -> None:
    assert _seconds(MEGABYTE[reader], _filled(name, 1_000_000)) < 2 * BUSY
