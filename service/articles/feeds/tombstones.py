"""Pure: find the tombstones of an Atom feed, which say that entries were deleted (RFC 6721)."""

import heapq
from datetime import UTC, datetime, tzinfo
from typing import Any

from lxml import etree

from service.articles.parsed_article import Tombstone
from service.articles.parsing.timestamps import parse_timestamp
from service.articles.parsing.typography import tidy

NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
MAX_TOMBSTONES = 500
_DELETED = f"{{{NAMESPACE}}}deleted-entry"
_FEED = "{http://www.w3.org/2005/Atom}feed"
_MARKS = tuple(NAMESPACE.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_CHILD_OF_FEED = 2
_MAX_LENGTH = 2_000
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def find_tombstones(data: bytes, *, zone: tzinfo) -> tuple[Tombstone, ...]:
    """Return the newest tombstones of an Atom feed; none of any other feed.

    Only children of the feed count: the text of an article about tombstones holds none. The bytes
    must not declare entities. A time without an offset is in `zone`.
    """
    if not any(mark in data for mark in _MARKS):
        return ()
    target = _Target()
    parser = etree.XMLParser(
        target=target, recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return ()
    found = (_tombstone(attributes, zone=zone) for attributes in target.found)
    newest = heapq.nlargest(
        MAX_TOMBSTONES, filter(None, found), key=lambda each: each.deleted_at or _EARLIEST
    )
    return tuple(newest)


def _tombstone(attributes: dict[str, str], *, zone: tzinfo) -> Tombstone | None:
    guid = tidy(attributes.get("ref", "")[:_MAX_LENGTH])
    when = parse_timestamp(attributes.get("when", "")[:100], zone=zone)
    return Tombstone(guid=guid, deleted_at=when) if guid else None


class _Target:
    """Collects the attributes of the deleted entries while the feed is parsed."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self._depth = 0
        self._is_atom = False

    def start(self, tag: str, attributes: Any) -> None:
        self._depth += 1
        if self._depth == 1:
            self._is_atom = tag == _FEED
        elif self._is_atom and self._depth == _CHILD_OF_FEED and tag == _DELETED:
            self.found.append(dict(attributes))

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def data(self, _text: str) -> None:
        """Ignore text."""

    def close(self) -> None:
        """Return nothing; what was found is in `found`."""
