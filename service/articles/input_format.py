"""Pure: detect whether bytes are a feed, an article's web page or a plain-text clipping."""

import re
from enum import StrEnum

from service.articles.parsing.decode import decode


class InputFormat(StrEnum):
    """What an article may be parsed from."""

    FEED = "feed"
    PAGE = "page"
    CLIPPING = "clipping"


_FEED = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|title|meta|link|script|article|main|div|h1|p)[\s>/]",
    re.IGNORECASE,
)


def detect_format(data: bytes, *, content_type: str = "") -> InputFormat:
    """Return the format by the first characters; the content type decides only if they do not."""
    text = (decode(data[:20_000]) or data[:20_000].decode("latin-1")).lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return InputFormat.FEED
    if not text.startswith("<"):
        return InputFormat.CLIPPING
    feed, page = _FEED.search(text), _PAGE.search(text)
    if feed and (page is None or feed.start() < page.start()):
        return InputFormat.FEED
    if page is None and (text.startswith("<?xml") or "xml" in content_type):
        return InputFormat.FEED
    return InputFormat.PAGE if page or "html" in content_type else InputFormat.CLIPPING
