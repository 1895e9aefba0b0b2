"""Feeds that somebody made to be slow cost two seconds of a child, and others nothing."""

import gzip
import time
from collections.abc import Iterator
from datetime import UTC

import pytest

from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.parse import parse_feed
from service.articles.feeds.shorten import shorten
from service.kit.errors import OperationRefused
from service.kit.fetch import fetch
from tests.fakes.site import Site, answer

URL = "https://courrier.example/feed"
ITEM = (
    "<item><title>Titre {n}</title><link>https://courrier.example/{n}</link>"
    "<pubDate>{day:02} Jan 2023 {hour:02}:{minute:02}:00 GMT</pubDate>"
    "<description>{text}</description></item>"
)


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>F</title>{"".join(items)}</channel></rss>'.encode()


def an_item(n: int, text: str = "Texte.") -> str:
    return ITEM.format(n=n, day=n // 1440 % 28 + 1, hour=n // 60 % 24, minute=n % 60, text=text)


@pytest.mark.parametrize(
    "hostile",
    [
        rss("<item><title>x</title><description>" + "<a>" * 600_000 + "</description></item>"),
        b"<a>" * 1_000_000,
        rss("<item " + " ".join(f'a{n}="1"' for n in range(250_000)) + "><title>x</title></item>"),
    ],
    ids=["nested", "nested-outside", "attributes"],
)
def test_what_takes_too_long_is_refused_with_a_sentence(hostile: bytes) -> None:
    began = time.monotonic()

    with pytest.raises(OperationRefused, match="shorter one"):
        parse_within_limits(hostile, url=URL, zone=UTC)

    # Two seconds of processor time, on a machine that has others to serve.
    assert time.monotonic() - began < 40


def test_of_forty_thousand_items_the_newest_are_read() -> None:
    feed = rss(*[an_item(n, text="") for n in range(20_000)])

    read = parse_within_limits(feed, url=URL, zone=UTC)

    assert len(read.articles) == 500
    assert read.articles[0].title == "Titre 19999"
    assert read.remark is not None
    assert "20,000" in str(read.remark)


def test_of_a_feed_that_is_cut_in_the_middle_whole_items_are_read() -> None:
    feed = rss(*[an_item(n) for n in range(10)])

    read = parse_within_limits(feed[: feed.index(b"Titre 7")], url=URL, zone=UTC, cut=True)

    assert len(read.articles) == 7
    assert read.remark is not None


def test_only_as_many_items_as_there_is_room_for() -> None:
    feed = rss(an_item(1), an_item(2, text="x" * 5_000), an_item(3))

    short = shorten(feed, most=10, room=1_000)

    assert b"Titre 3" in short
    assert b"Titre 1" in short
    assert b"Titre 2" not in short
    assert short.endswith(b"</channel></rss>")


@pytest.mark.parametrize(
    "unit",
    [
        "M. X. ", "<figcaption>", "<p ", '<img "', "<", "&", "... ", "(", "lire la suite ",
        "the post x ", "« ", "a\u200c", "A lire aussi : x. ", "<div>", "<!--", "&nbsp;",
    ],
)  # fmt: skip
def test_reading_takes_time_in_proportion_to_what_is_read(unit: str) -> None:
    """Each of these once took time by the square of its number: a minute for 120 kB."""
    body = unit * (250_000 // len(unit))
    feed = rss(an_item(1).replace("Texte.", f"<![CDATA[{body}]]>"))
    began = time.process_time()

    parse_feed(feed, url=URL, zone=UTC)

    # 1 MB within 2 s; by the square it would be far more.
    assert time.process_time() - began < 2


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def test_a_file_that_is_packed_without_saying_so_is_unpacked(site: Site) -> None:
    site.pages["/"] = answer(gzip.compress(rss(an_item(1))))

    assert fetch(site.url, allow_private=True).body == rss(an_item(1))


@pytest.mark.parametrize("coding", ["UTF-8", "none", "gzip, utf-8"])
def test_a_mistaken_encoding_is_read_as_what_it_is(site: Site, coding: str) -> None:
    body = rss(an_item(1))
    sent = gzip.compress(body) if "gzip" in coding else body
    site.pages["/"] = answer(sent, headers={"Content-Encoding": coding})

    assert fetch(site.url, allow_private=True).body == body


def test_what_is_too_long_comes_as_far_as_it_may(site: Site) -> None:
    site.pages["/"] = answer(b"x" * 3_000)

    got = fetch(site.url, allow_private=True, limit_bytes=1_000, cut=True)

    assert (len(got.body), got.cut) == (1_000, True)
