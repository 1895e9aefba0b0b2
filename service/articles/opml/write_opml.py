"""Write feeds as OPML 2.0, those that are filed in a section in a folder of its name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from service.articles.feed_kind import FeedKind
from service.articles.read_models import FeedDetails

# Characters that XML does not allow; a feed's title may hold them.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_opml(
    feeds: Sequence[FeedDetails],
    *,
    title: str,
    section_names: Mapping[str, str],
    created_at: datetime,
) -> bytes:
    """Return an OPML file; `section_names` has the names of sections by their slugs.

    A section that is not among them is named by its slug.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _text(title)
    # RFC 822, says the specification.
    etree.SubElement(head, "dateCreated").text = format_datetime(created_at)
    body = etree.SubElement(root, "body")
    _add(body, [feed for feed in feeds if feed.section_key is None])
    for key in dict.fromkeys(feed.section_key for feed in feeds if feed.section_key):
        folder = etree.SubElement(body, "outline", text=_text(section_names.get(key, key)))
        _add(folder, [feed for feed in feeds if feed.section_key == key])
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _add(parent: Any, feeds: Iterable[FeedDetails]) -> None:
    for feed in feeds:
        etree.SubElement(
            parent,
            "outline",
            type="rss" if feed.kind == FeedKind.FEED else feed.kind,
            text=_text(feed.title or feed.url),
            xmlUrl=feed.url,
        )


def _text(text: str) -> str:
    return _IMPOSSIBLE.sub("", text)
