"""Pure: the words of an HTML report, roughly; it is searched, never shown."""

import html
import re

_HIDDEN = re.compile(r"(?i)<(style|script|head)\b")
_BREAK = re.compile(r"(?i)<(br|/p|/div|/tr|/li|/h[1-6]|/td|p|div|tr)\b[^<>]{0,2000}>")
_TAG = re.compile(r"</?[A-Za-z!][^<>@]{0,2000}>")


def strip_markup(markup: str) -> str:
    """Take the tags away and keep the lines; an address in angle brackets stays."""
    text = _TAG.sub("", _BREAK.sub("\n", _shown(markup)))
    return html.unescape(text).replace("\xa0", " ")


def _shown(markup: str) -> str:
    """Leave styles and scripts out, in one pass however many are opened and never closed."""
    low = markup.lower()
    pieces: list[str] = []
    position = 0
    unclosed: set[str] = set()
    for match in _HIDDEN.finditer(markup):
        name = match.group(1).lower()
        if match.start() < position or name in unclosed:
            continue
        end = low.find(f"</{name}", match.end())
        if end < 0:
            unclosed.add(name)
            continue
        pieces.append(markup[position : match.start()])
        position = end
    return "".join((*pieces, markup[position:]))
