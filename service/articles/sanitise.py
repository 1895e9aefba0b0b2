"""The nh3 door: markup from strangers becomes plain text, and nothing else ever leaves here."""

import html
import re

import nh3

from service.articles.typography import tidy

_BLOCK = re.compile(
    r"<\s{0,9}(?:br|hr)\b[^<>]{0,4000}>|<\s{0,9}/?\s{0,9}(?:p|div|li|ul|ol|h[1-6]|blockquote|section|article|table|tr"
    r"|figure|figcaption|pre)\b[^<>]{0,4000}>",
    re.IGNORECASE,
)
_CELL = re.compile(r"<\s{0,9}/\s{0,9}t[dh]\b[^<>]{0,400}>", re.IGNORECASE)
_CAPTION = re.compile(r"<\s{0,9}(/?)\s{0,9}figcaption\b", re.IGNORECASE)
_SPLIT = "\ue000"


def to_text(markup: str) -> str:
    """Return the words of a piece of HTML on one line."""
    return " ".join(to_paragraphs(markup))


def to_paragraphs(markup: str) -> list[str]:
    """Return the paragraphs of a piece of HTML as plain texts; scripts and styles are gone."""
    if "<" not in markup:
        return [text for line in markup.split("\n\n") if (text := tidy(html.unescape(line)))]
    cut = _BLOCK.sub(_SPLIT, _CELL.sub(" ", _without_captions(markup.replace(_SPLIT, ""))))
    plain = html.unescape(nh3.clean(cut, tags=set()))
    return [text for part in plain.split(_SPLIT) if (text := tidy(part))]


def _without_captions(markup: str) -> str:
    """Leave out what stands between a caption's tags; one that is never closed is kept."""
    kept, at, opened = [], 0, None
    for found in _CAPTION.finditer(markup):
        if not found[1]:
            opened = found.start() if opened is None else opened
        elif opened is not None:
            kept.append(markup[at:opened])
            end = markup.find(">", found.end())
            at, opened = (len(markup) if end < 0 else end + 1), None
    return " ".join([*kept, markup[at:]])
