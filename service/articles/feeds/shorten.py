"""Pure: shorten a feed that is too long to be parsed to its newest items.

Parsers need the whole feed, so surplus items are cut out of its bytes first: an item ends where
the next one begins. Every step is a single pass.
"""

import re
from datetime import UTC, datetime

from service.articles.parsing.timestamps import parse_timestamp

_BEGIN = re.compile(rb"<(?:[A-Za-z]{1,20}:)?(?:item|entry)(?=[\s>])")
_END = re.compile(rb"</(?:[A-Za-z]{1,20}:)?(?:item|entry)\s{0,20}>")
_DATE = re.compile(
    rb"<(?:pubDate|published|updated|dc:date|dcterms:created)(?:\s[^<>]{0,200})?>\s{0,50}"
    rb"(?:<!\[CDATA\[)?\s{0,50}([^<>\]]{6,60})"
)
_MAX_CONSIDERED = 5_000
_LATEST = datetime.max.replace(tzinfo=UTC)


def shorten(data: bytes, *, most: int, room: int | None = None, cut: bool = False) -> bytes:
    """Return the feed with at most its `most` newest items, in their order.

    `room` limits the items' total size in bytes. `cut` says that the feed ends in the middle of an
    item: that one is left out, and the feed is closed. A feed whose items cannot be found (UTF-16,
    JSON) is returned unchanged.
    """
    starts = [found.start() for found in _BEGIN.finditer(data)]
    if not starts:
        return data if room is None else data[:room]
    if len(starts) <= most and room is None and not cut:
        return data
    tail_from = _last_end(data, after=starts[-1])
    if tail_from is None:
        # The last item is not closed: the feed was cut inside it.
        starts, end = starts[:-1], starts[-1]
        tail = _closing(data[: starts[0]] if starts else data)
    else:
        end = tail_from
        tail = _closing(data[: starts[0]]) if cut else data[tail_from:]
    items = [data[a:b] for a, b in zip(starts, [*starts[1:], end], strict=True)] if starts else []
    chosen = _newest(items, most, room=len(data) if room is None else room)
    head = data[: starts[0]] if starts else data
    return head + b"".join(chosen) + tail


def count_items(data: bytes) -> int:
    """Return the number of start tags of items."""
    return sum(1 for _ in _BEGIN.finditer(data))


def _newest(items: list[bytes], most: int, *, room: int) -> list[bytes]:
    considered = list(enumerate(items))
    if len(items) > 2 * _MAX_CONSIDERED:
        # Whether the newest come first or last, they are at one of the ends.
        considered = considered[:_MAX_CONSIDERED] + considered[-_MAX_CONSIDERED:]
    last = _LATEST
    dated = []
    for place, item in considered:
        found = _DATE.search(item, 0, 20_000)
        last = (parse_timestamp(found[1].decode("latin-1"), zone=UTC) if found else None) or last
        dated.append((last, place))
    chosen: list[int] = []
    for _, place in sorted(dated, key=lambda each: each[0], reverse=True):
        if len(chosen) < most and len(items[place]) <= room:
            chosen.append(place)
            room -= len(items[place])
    return [items[place] for place in sorted(chosen)]


def _last_end(data: bytes, *, after: int) -> int | None:
    last = None
    for found in _END.finditer(data, after):
        last = found
    return None if last is None else last.end()


def _closing(head: bytes) -> bytes:
    if re.search(rb"<(?:[A-Za-z]{1,20}:)?feed[\s>]", head):
        return b"</feed>"
    return b"</rdf:RDF>" if b"<rdf:RDF" in head else b"</channel></rss>"
