"""Pure: choose the image of an article among those that come with it.

Sites put portraits of authors, emoji, invisible pixels that count readers and empty stand-ins for
pictures that a script loads later among them. The article's picture, or none.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from service.articles.parsing.typography import tidy

_SMALLEST = 73
"""Pixels; emoji are 72 wide at the most, portraits of authors and counters smaller."""

_MOST = 60
_MOST_ATTRIBUTES = 60
_TAG = re.compile(r"<(?:img|amp-img)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"[\s/]*([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?"
)
_LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-orig-file", "data-lazy", "data-large-file",
    "data-full-url", "data-image", "data-srcset", "data-lazy-srcset", "srcset", "src",
)  # fmt: skip
_IN_SET = re.compile(
    r"(?:^|[\s,])(?=\S)([^\s,]\S*?),?(?:\s+(\d{1,5})(?:\.\d+)?([wx]))?(?=\s*,\s|\s*$)"
)
_HOSTS = re.compile(
    r"(?:^|\.)(?:gravatar\.com|s\.w\.org|pixel\.wp\.com|stats\.wordpress\.com|feeds\.wordpress\.com"
    r"|feeds\.feedburner\.com|feedsportal\.com|doubleclick\.net|google-analytics\.com"
    r"|scorecardresearch\.com|xiti\.com|sharethis\.com|addtoany\.com|paypalobjects\.com)$"
    r"|^(?:pixel|stats?|analytics|track(?:er|ing)?|counter|beacon|metrics|ads?)\d*\.",
    re.IGNORECASE,
)
_PATHS = re.compile(
    r"/(?:avatars?|emojis?|smil(?:ey|ie)s?|emoticons?)/|^/tr(?:/|$)"
    r"|(?:^|/)(?:pixel|spacer|blank|transparent|clear|1x1|beacon|dot|count(?:er)?|hit|track(?:er"
    r"|ing)?|placeholder|lazy(?:load)?|loading|loader|default[-_]avatar)\.(?:gif|png|php|jpe?g|svg)$"
    r"|\.svgz?$",
    re.IGNORECASE,
)
_CLASSES = re.compile(
    r"\b(?:wp-smiley|emoji|smiley|avatar|gravatar|feedflare|author-photo)\b", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px|\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleImage:
    """A picture's address as it is written, and what it shows."""

    url: str
    alt: str = ""


def first_image(markup: str) -> ArticleImage | None:
    """Return the first usable image in a piece of HTML, or None."""
    return _first(_tags(markup))


def first_image_in(element: Any) -> ArticleImage | None:
    """Return the first usable image inside an element of a parsed page, or None."""
    return _first(dict(img.attrib) for img in element.iter("img", "amp-img"))


def best_image(told: Iterable[Mapping[str, object]]) -> ArticleImage | None:
    """Return the first image among a feed's media, or the widest if widths are given."""
    fit = [
        (_pixels(str(each.get("width") or "")) or 0, str(each.get("url") or each.get("href") or ""))
        for each in told
        if _is_shown({name: str(value) for name, value in each.items()})
    ]
    shown = [(width, address) for width, address in fit if is_usable_image(address)]
    return ArticleImage(url=max(shown, key=lambda each: each[0])[1]) if shown else None


def is_usable_image(address: str) -> bool:
    """Return whether a URL may be that of an image worth showing in an email."""
    told = address.strip()
    try:
        parts = urlsplit(told)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not told or parts.scheme.lower() not in {"", "http", "https"}:
        return False
    return not _HOSTS.search(host) and not _PATHS.search(parts.path)


def _first(pictures: Iterable[Mapping[str, str]]) -> ArticleImage | None:
    for attributes in pictures:
        address = _address(attributes)
        if address and _is_shown(attributes) and is_usable_image(address):
            return ArticleImage(url=address, alt=tidy(attributes.get("alt", "")))
    return None


def _tags(markup: str) -> Iterable[dict[str, str]]:
    """Yield the attributes of each image; the first one of a name counts, as in browsers."""
    for count, found in enumerate(_TAG.finditer(markup)):
        if count >= _MOST:
            return
        attributes: dict[str, str] = {}
        at = found.end()
        for _ in range(_MOST_ATTRIBUTES):
            told = _ATTRIBUTE.match(markup, at)
            if told is None:
                break
            value = html.unescape(told[2] or told[3] or told[4] or "")
            attributes.setdefault(told[1].lower(), value)
            at = told.end()
        yield attributes


def _address(attributes: Mapping[str, str]) -> str | None:
    for name in _LAZY:
        value = attributes.get(name, "").strip()
        address = _widest(value) if name.endswith("srcset") else value
        if address and not address.lower().startswith(("data:", "about:", "blob:", "javascript:")):
            return address
    return None


def _widest(srcset: str) -> str:
    candidates = [
        (int(found[2] or 1), found[1])
        for found in _IN_SET.finditer(srcset[:8_000])
        if "/" in found[1]
    ]
    return max(candidates, key=lambda each: each[0])[1] if candidates else ""


def _is_shown(attributes: Mapping[str, str]) -> bool:
    sizes = (_pixels(attributes.get(name, "")) for name in ("width", "height"))
    return (
        all(size is None or size >= _SMALLEST for size in sizes)
        and not _UNSEEN.search(attributes.get("style", "")[:1_000])
        and not _CLASSES.search(attributes.get("class", "")[:1_000])
    )


def _pixels(told: str) -> int | None:
    found = _NUMBER.fullmatch(told[:20])
    return int(found[1]) if found else None
