"""Pure: turn untrusted HTML into plain text.

Only the text of the parsed elements is kept, so no markup can survive, however it is written. The
time is linear in the length of the markup.
"""

import html
import re
from typing import Any

from lxml import etree

from service.articles.parsing.markup import parse_fragment
from service.articles.parsing.typography import tidy

_BLOCKS = frozenset(
    """
    address article aside blockquote br center dd details div dl dt figure footer form h1 h2 h3 h4
    h5 h6 header hr li main nav ol p pre section summary table tr ul
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_CELLS = frozenset({"td", "th"})
# Not shown to readers, or not part of the text: a caption belongs to its image.
_DROPPED = frozenset(
    """
    button canvas datalist figcaption head iframe math noscript object script select style svg
    template textarea title
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
_KNOWN = _BLOCKS | _CELLS | _DROPPED | {"b", "i", "em", "strong", "a", "span", "img", "font", "u"}
_TAG = re.compile(r"\s*</?([a-zA-Z][\w-]{0,30})\s*/?>\s*")
_ENTITY = re.compile(
    r"&(?:#\d{1,6}|#x[0-9a-f]{1,6}|amp|quot|apos|nbsp|[lr][sd]quo|[lr]aquo|hellip|[nm]dash|[aeiouc](?:acute|grave|circ|uml|cedil));",
    re.IGNORECASE,
)
_SPLIT = "\ue000"


def html_to_text(markup: str) -> str:
    """Return the text of a piece of HTML on one line."""
    words = " ".join(html_to_paragraphs(markup))
    found = None if words else _TAG.fullmatch(markup)
    # "</fin>" is no element of HTML but part of the text.
    return tidy(markup) if found and found[1].lower() not in _KNOWN else words


def unescape_again(text: str) -> str:
    """Return a text with entities that were escaped twice unescaped again."""
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = tidy(html.unescape(text))
    return text


def html_to_paragraphs(markup: str) -> list[str]:
    """Return the paragraphs of a piece of HTML as plain texts, without scripts and styles."""
    if "<" not in markup:
        return [text for line in markup.split("\n\n") if (text := tidy(html.unescape(line)))]
    return element_paragraphs(parse_fragment(markup.replace(_SPLIT, "")))


def element_paragraphs(element: Any) -> list[str]:
    """Return the paragraphs inside an element of a parsed page."""
    pieces: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        name = inner.tag
        if event == "start":
            if name in _DROPPED:
                walk.skip_subtree()
            else:
                pieces.append(_edge(name))
                pieces.append(inner.text or "")
        else:
            pieces.append(_edge(name))
            if inner is not element:
                pieces.append(inner.tail or "")
    return [text for part in "".join(pieces).split(_SPLIT) if (text := tidy(part))]


def _edge(name: str) -> str:
    if name in _BLOCKS:
        return _SPLIT
    return " " if name in _CELLS else ""
