"""An Atom feed says what it has deleted; nothing else in it may seem to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.feeds.parse import parse_feed
from service.articles.feeds.tombstones import MAX_TOMBSTONES, NAMESPACE, find_tombstones
from service.articles.parsed_article import Tombstone

FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">'
    "<title>F</title>{inner}</feed>"
)
DELETED = '<at:deleted-entry ref="tag:courrier.example,2023:1" when="2023-02-08T06:00:00Z"/>'
AT_SIX = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def tombstones(inner: str, feed: str = FEED) -> tuple[Tombstone, ...]:
    return find_tombstones(feed.format(inner=inner).encode(), zone=UTC)


def test_a_tombstone_has_the_id_and_the_time() -> None:
    """RFC 6721, section 3: both attributes are required; comments and links may be inside."""
    inner = DELETED.replace("/>", "><at:comment>Erreur</at:comment></at:deleted-entry>")

    assert tombstones(inner) == (Tombstone(guid="tag:courrier.example,2023:1", deleted_at=AT_SIX),)


def test_the_prefix_is_the_feeds_own() -> None:
    """XML namespaces leave it to the author."""
    inner = f'<deleted-entry xmlns="{NAMESPACE}" ref="urn:1" when="2023-02-08T06:00:00Z"/>'

    assert [each.guid for each in tombstones(inner)] == ["urn:1"]


@pytest.mark.parametrize(
    "inner",
    [
        f"<entry><content><![CDATA[{DELETED}]]></content></entry>",
        f'<entry><content type="xhtml">{DELETED}</content></entry>',
        f"<!-- {DELETED} -->",
        DELETED.replace('ref="tag:courrier.example,2023:1"', 'ref=" "'),
        DELETED.replace("at:deleted-entry", "deleted-entry"),
    ],
    ids=["cdata", "inside-an-entry", "comment", "empty", "other-namespace"],
)
def test_what_only_looks_like_a_tombstone_is_none(inner: str) -> None:
    """An article about RFC 6721 must not withdraw another one."""
    assert tombstones(inner) == ()


def test_only_an_atom_feed_has_tombstones() -> None:
    """Another document may hold the element without meaning it."""
    rss = f'<rss xmlns:at="{NAMESPACE}">{{inner}}</rss>'

    assert tombstones(DELETED, rss) == ()
    assert find_tombstones(b"", zone=UTC) == ()


def test_the_newest_of_very_many_count() -> None:
    """A feed may have a million, and each is looked up."""
    many = "".join(
        DELETED.replace(":1", f":{n}").replace("T06", f"T{n % 24:02}") for n in range(5_000)
    )

    found = tombstones(many)

    assert len(found) == MAX_TOMBSTONES
    assert {each.deleted_at for each in found if each.deleted_at} <= {
        AT_SIX.replace(hour=hour) for hour in (21, 22, 23)
    }


def test_a_feed_of_utf16_and_one_that_is_cut_are_read() -> None:
    """Windows programs write the former; the latter is what is left of a feed that is too long."""
    text = FEED.format(inner=DELETED + "<entry><title>Un")

    assert len(find_tombstones(text.encode("utf-16"), zone=UTC)) == 1
    assert len(find_tombstones(text[:-12].encode(), zone=UTC)) == 1


def test_a_parsed_feed_carries_them() -> None:
    """The poll gets both from one call in a child."""
    entry = "<entry><title>Un titre</title><id>urn:2</id></entry>"

    feed = parse_feed(
        FEED.format(inner=DELETED + entry).encode(), url="https://c.example", zone=UTC
    )

    assert [each.title for each in feed.articles] == ["Un titre"]
    assert [each.deleted_at for each in feed.deleted] == [AT_SIX]


PIECES = [
    *(
        DELETED,
        "<entry>",
        "</entry>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&x;",
        "<at:deleted-entry ref='",
    ),
    *("' when='", "'>", "\x00", "<?xml?>", "</feed>", "<feed>", "é"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_feed_is_read_without_an_error(inner: str) -> None:
    """A broken feed has no tombstones, or some; it breaks nothing."""
    assert all(each.guid for each in tombstones(inner))
