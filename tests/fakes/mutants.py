"""Feeds and pages that were damaged or made hostile, each the same for the same number."""

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.fakes.wordpress import a_post

DATA = Path(__file__).parents[1] / "data"
AT = datetime(2023, 2, 8, 5, tzinfo=UTC)
_TOKENS = (
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!ENTITY a 'b'>", b"&a;", b"&#0;", b"&#xD800;"),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"\r"),
    *(b"<item>", b"</item>", b"<entry>", b"</channel>", b"<svg>", b"<script>", b"<table><td>"),
    *(b"9" * 400, b"-1", b"1e999", b"NaN", b"null", b"{}", b"[[]]", b'"', b"'", b"javascript:"),
    *(b"0000-00-00", b"Thu, 99 Foo 99999", b"2023-02-30T25:61:61+99:99", b"http://[", b"//\x7f"),
    *("٣".encode(), "\u202e".encode(), "é".encode("latin-1"), b"<?xml encoding='x'?>", b"%00"),
)
_DATE = re.compile(rb"\d{4}-\d\d-\d\d|\d\d? [A-Z][a-z]{2} \d{4}")
Mutation = Callable[[random.Random, bytes, bytes], bytes]


def _cut(chance: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(chance: random.Random, data: bytes, _: bytes) -> bytes:
    start, end = _slice(chance, data)
    return data[:start] + data[end:]


def _repeat(chance: random.Random, data: bytes, _: bytes) -> bytes:
    start, end = _slice(chance, data)
    times = chance.choice((2, 10, 1_000, 20_000))
    return (data[:start] + data[start:end] * times + data[end:])[:2_000_000]


def _flip(chance: random.Random, data: bytes, _: bytes) -> bytes:
    changed = bytearray(data)
    for _number in range(chance.choice((1, 5, 100))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _insert(chance: random.Random, data: bytes, _: bytes) -> bytes:
    for _number in range(chance.choice((1, 3, 30))):
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(_TOKENS) * chance.choice((1, 1, 200)) + data[at:]
    return data


def _nest(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    opening = chance.choice((b"<div>", b"<a>", b"<i><b>", b"[", b'{"a":', b"<item>", b"&lt;p&gt;"))
    return data[:at] + opening * chance.choice((50, 5_000, 100_000)) + data[at:]


def _splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    start, end = _slice(chance, other)
    at = chance.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:]


def _shuffle(chance: random.Random, data: bytes, _: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _recode(chance: random.Random, data: bytes, _: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "latin-1", "utf-32")), "replace")


def _redate(chance: random.Random, data: bytes, _: bytes) -> bytes:
    dates = (b"0001-01-01", b"9999-12-31", b"1970-01-01", b"2099-01-01", b"31 Feb 2023", b"now")
    return _DATE.sub(lambda _found: chance.choice(dates), data)


MUTATIONS: tuple[Mutation, ...] = (
    *(_cut, _drop, _repeat, _flip, _insert, _nest, _splice, _shuffle, _recode, _redate),
)


def mutate(number: int, seeds: list[bytes]) -> bytes:
    """Return one of the seeds after one to four mutations."""
    chance = random.Random(number)
    data = chance.choice(seeds)
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(MUTATIONS)(chance, data, chance.choice(seeds))
    return data[:3_000_000]


def feeds() -> list[bytes]:
    """Healthy feeds of every format, and a news sitemap."""
    sitemap = (
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        b"<loc>https://courrier.example/1</loc><news:news><news:publication>"
        b"<news:name>Le Courrier</news:name><news:language>fr</news:language></news:publication>"
        b"<news:publication_date>2023-02-08T05:00:00Z</news:publication_date>"
        b"<news:title>Le port attend</news:title></news:news></url></urlset>"
    )
    tombs = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">'
        b'<at:deleted-entry ref="urn:x:1" when="2023-02-08T05:00:00Z"/>'
        b"<entry><id>urn:x:2</id><title>Le port</title><updated>2023-02-08T05:00:00Z</updated>"
        b"</entry></feed>"
    )
    return [*(path.read_bytes() for path in sorted((DATA / "feeds").iterdir())), sitemap, tombs]


def posts() -> list[bytes]:
    """Healthy pages of WordPress's posts."""
    site = "https://courrier.example"
    return [
        json.dumps([a_post(site, n, at=AT, changed=AT) for n in range(size)]).encode()
        for size in (1, 5)
    ]


def pages() -> list[bytes]:
    """Healthy pages of articles."""
    return [path.read_bytes() for path in sorted((DATA / "pages").iterdir())]


def _slice(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 20, 500, 5_000)))
