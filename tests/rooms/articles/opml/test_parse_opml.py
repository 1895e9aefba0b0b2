"""OPML as feed readers write it, and as nobody should."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.opml.import_feeds import PARSE_SECONDS
from service.articles.opml.parse_opml import MAX_BYTES, MAX_FEEDS, parse_opml
from service.kit.errors import OperationRefused
from service.kit.sandbox import sandboxed

FILE = '<?xml version="1.0"?>\n<opml version="2.0"><head/>\n<body>\n{}\n</body></opml>'
FEED = '<outline type="rss" text="Le Courrier" xmlUrl="https://courrier.example/rss"/>'


def opml(*lines: str) -> bytes:
    return FILE.format("\n".join(lines)).encode()


def test_feeds_have_their_line_title_and_folders() -> None:
    """A message about one names its line; a folder may be a section."""
    found = parse_opml(
        opml(
            FEED,
            '<outline text="Presse"><outline title="Économie" text="eco">',
            FEED.replace("/rss", "/eco").replace("text=", "title='L’éco' text="),
            "</outline></outline>",
        )
    )

    assert [(each.line, each.title, each.folders) for each in found] == [
        (4, "Le Courrier", ()),
        (6, "L’éco", ("Économie", "Presse")),
    ]


@pytest.mark.parametrize(
    "line",
    [
        FEED.replace("xmlUrl", "xmlurl"),
        FEED.replace("xmlUrl", "XMLURL"),
        FEED.replace(' type="rss"', ""),
        FEED.replace("/rss", "/rss?a=1&b=2"),
        FEED.replace("/>", "></outline>"),
    ],
)
def test_a_file_that_is_a_little_wrong_is_read(line: str) -> None:
    """Programs disagree on case and types, and forget to escape an ampersand."""
    (found,) = parse_opml(opml(line))

    assert found.url.startswith("https://courrier.example/rss")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no OPML"),
        (b"hello", "no OPML"),
        (b"<rss><channel/></rss>", "no OPML"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + opml(FEED), "XML entities"),
        (b" " * (MAX_BYTES + 1), "larger than 1 MB"),
        (opml(*[FEED] * (MAX_FEEDS + 1)), "more than 500 feeds"),
    ],
)
def test_what_is_no_list_of_feeds_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    """One sentence that says what to do."""
    with pytest.raises(OperationRefused, match=sentence):
        parse_opml(data)


@pytest.mark.parametrize(
    "hostile",
    [
        "<outline text='x'>" * 50_000,
        "<outline " + "".join(f"a{n}='' " for n in range(60_000)),
        FEED * 8_000,
    ],
    ids=["nested", "attributes", "many"],
)
def test_a_hostile_file_costs_a_child_two_seconds(hostile: str) -> None:
    """It is refused, or lists nothing."""
    began = time.monotonic()

    try:
        feeds = sandboxed(parse_opml, cpu=PARSE_SECONDS)(opml(hostile))
    except OperationRefused:
        feeds = []

    assert feeds == []
    assert time.monotonic() - began < 40


PIECES = [
    *(
        FEED,
        "<outline text='x'>",
        "</outline>",
        "<outline xmlUrl='",
        "'/>",
        "&x;",
        "\x00",
        "<![CDATA[",
    ),
    *("]]>", "javascript:alert(1)", "<body>", "</opml>", "é", "<!--"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_file_is_read_or_refused(inner: str) -> None:
    """Nothing else comes out of a stranger's file than feeds or a sentence."""
    try:
        found = parse_opml(opml(inner))
    except OperationRefused:
        found = []

    assert all(each.url and each.line for each in found)
