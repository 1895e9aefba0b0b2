"""Pure: a web page is opened: its tree, and what it says of itself to machines."""

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from service.articles.decode import decode
from service.articles.jsonld import find_article
from service.articles.markup import parse_page
from service.articles.typography import tidy
from service.articles.visible import without_others
from service.kit.errors import Refused

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Neither the text nor what describes it; trackers and drawings are most of many pages.
_WEIGHT = ("style", "svg", "noscript", "template", "iframe", "object", "canvas", "math")
# Browsers read these as Windows-1252, and so do the sites that announce them (WHATWG Encoding).
_LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"})
_MOST_CHARACTERS = 3_000_000
_MOST_ELEMENTS = 15_000


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page and what it says of itself; `own` is the tree without what is not its own."""

    tree: Any
    own: Any
    url: str
    described: Any
    meta: dict[str, str]
    window: str

    def first(self, *names: str) -> str:
        """Return the first of these meta elements that has a content."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


def open_page(data: bytes, *, url: str, charset: str | None) -> Page:
    """Parse a page found at `url`; raise `Refused` when that cannot be done."""
    text = _decode(data, charset)
    try:
        tree = parse_page(text)
    except ValueError as error:
        raise Refused("The web page is empty or broken beyond reading.") from error
    scripts = [
        script.text_content()
        for script in tree.iter("script")
        if "ld+json" in str(script.get("type", "")).lower()
    ]
    for element in list(tree.iter("script", *_WEIGHT)):
        if element.getparent() is not None:
            element.drop_tree()
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        raise Refused(
            "The page has more parts than an article's page has. Copy the article's text into a "
            "file and give that."
        )
    window = next((tidy(title.text_content()) for title in tree.iter("title")), "")
    own = deepcopy(tree)
    without_others(own)
    return Page(
        tree=tree,
        own=own,
        url=url,
        described=find_article(scripts[:50]),
        meta=_meta(tree),
        window=window,
    )


def _decode(data: bytes, charset: str | None) -> str:
    found = _CHARSET.search(data[:4096])
    for name in (charset, found[1].decode("ascii") if found else None):
        if name and name.lower() not in {"utf-8", "utf8"} | _LATIN:
            try:
                return data.decode(name, "strict")
            except (LookupError, UnicodeDecodeError):
                continue
    text = decode(data)
    if text is None:
        text = data.decode("utf-8", "replace")
    if "<" not in text:
        raise Refused("This is no web page.")
    return text[:_MOST_CHARACTERS]


def _meta(tree: Any) -> dict[str, str]:
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = tidy(element.get("content") or "")
        if name and content:
            meta.setdefault(name.lower(), content)
    return meta
