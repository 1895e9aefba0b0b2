"""Pure: which pictures belong to an article, and which to the site, its counters or its authors."""

import re
from collections.abc import Iterator
from typing import Any

from service.articles.typography import tidy

_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-file",
    "data-large-file",
    "data-full-src",
    "data-url",
)
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_NO_PICTURE = re.compile(
    r"gravatar\.|/avatars?[/_.-]|(?:^|[/_.-])(?:pixel|spacer|blank|transparent|placeholder|1x1"
    r"|lazy(?:load)?|loading|spinner|tracker|beacon|counter|emojis?|smil(?:ies|eys?)|favicon|sprite"
    r"|icons?|logo)(?:[/_.@-]|$)|s\.w\.org/images/core|twemoji|/wp-includes/images/|feedburner"
    r"|feeds\.wordpress\.com|doubleclick\.|google-analytics|scorecardresearch|stats\.wp|\.svg$",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"(?<![a-z])(?:emoji|avatar|gravatar|wp-smiley|smiley|icon|logo|pixel|tracking|badge)(?![a-z])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$")
_STYLED = re.compile(r"(?<![a-z-])(?:width|height)\s*:\s*(\d{1,5})px", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SMALLEST = 50
_LONGEST = 2_000


def is_picture(address: str) -> bool:
    """Tell whether an address may be a picture of the article's, as far as it tells itself."""
    address = address.strip()
    if not address or len(address) > _LONGEST or ":" in address[:12].split("/")[0]:
        # Whatever has a scheme other than the web's (data:, blob:, cid:) is nothing to link to.
        if not address.lower().startswith(("http://", "https://")):
            return False
        if len(address) > _LONGEST:
            return False
    path = address.split("?")[0].split("#")[0]
    return not _NO_PICTURE.search(path)


def first_picture(element: Any) -> tuple[str, str] | None:
    """Return address and description of the first picture in an element that is an article's."""
    for img in element.iter("img"):
        if _is_small(img) or _ROLES.search(f"{img.get('class') or ''} {img.get('id') or ''}"):
            continue
        for address in _addresses(img):
            if is_picture(address):
                return address.strip(), tidy(img.get("alt") or "")
    return None


def _addresses(img: Any) -> Iterator[str]:
    # A lazy picture's own address is a stand-in until its script has run.
    for name in (*_LAZY, "src"):
        yield str(img.get(name) or "")
    for name in _SETS:
        told = str(img.get(name) or "")[:20_000]
        if told.strip():
            yield told.split(",")[0].split()[0] if told.split(",")[0].split() else ""


def _is_small(img: Any) -> bool:
    style = str(img.get("style") or "")[:1_000]
    told = [_NUMBER.match(str(img.get(side) or "")[:20]) for side in ("width", "height")]
    sizes = [int(found[1]) for found in told if found]
    sizes += [int(size) for size in _STYLED.findall(style)]
    return any(size < _SMALLEST for size in sizes) or bool(_HIDDEN.search(style))
