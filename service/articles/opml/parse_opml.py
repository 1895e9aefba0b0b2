"""Pure: parse an OPML file into its feeds.

A file is untrusted: XML that declares entities is refused, size and number of feeds are limited.
Call this in a child process (`service.kit.sandbox`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from service.articles.parsing.typography import tidy
from service.kit.errors import OperationRefused
from service.kit.translatable import translatable

MAX_BYTES = 1_000_000
MAX_FEEDS = 500
_MAX_ELEMENTS = 50_000
_MAX_NAME = 500
_MAX_URL = 2_000
_ENTITIES = tuple(
    spelling.encode(encoding)
    for spelling in ("<!ENTITY", "<!entity")
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """A feed of an OPML file, its line there, and the names of its folders, the innermost first."""

    line: int
    url: str
    title: str | None
    folders: tuple[str, ...] = ()


def parse_opml(data: bytes) -> list[OpmlFeed]:
    """Return the feeds of an OPML file in their order; the outlines without `xmlUrl` are folders.

    Raises:
        OperationRefused: it is no OPML, is larger than 1 MB, or lists more than 500 feeds.
    """
    if len(data) > MAX_BYTES:
        raise OperationRefused(translatable("opml.too_large"))
    if any(entity in data for entity in _ENTITIES):
        raise OperationRefused(translatable("opml.entities"))
    root = _parse(data)
    if root is None or str(root.tag).lower() != "opml":
        raise OperationRefused(translatable("opml.unknown"))
    feeds = list(islice(_feeds(root), MAX_FEEDS + 1))
    if len(feeds) > MAX_FEEDS:
        raise OperationRefused(translatable("opml.too_many", limit=MAX_FEEDS))
    return feeds


def _parse(data: bytes) -> Any:
    # Many programs write a bare "&" into an address.
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(data.strip(), parser)
    except (etree.LxmlError, ValueError):
        return None


def _feeds(root: Any) -> Iterator[OpmlFeed]:
    for outline in islice(root.iter("outline"), _MAX_ELEMENTS):
        url = _attribute(outline, "xmlurl")[:_MAX_URL].strip()
        if url:
            folders = (_name(each) for each in outline.iterancestors("outline"))
            yield OpmlFeed(
                line=outline.sourceline or 0,
                url=url,
                title=_name(outline) or None,
                folders=tuple(name for name in folders if name),
            )


def _name(outline: Any) -> str:
    return tidy((_attribute(outline, "title") or _attribute(outline, "text"))[:_MAX_NAME])


def _attribute(outline: Any, name: str) -> str:
    """Return an attribute; programs disagree on the case of its name."""
    found = (value for key, value in outline.attrib.items() if str(key).lower() == name)
    return str(next(found, ""))
