"""The nh3 door: markup from strangers becomes plain text, and nothing else ever leaves here."""

import html
import re

import nh3

from service.articles.typography import tidy

_BLOCK = re.compile(
    r"<\s*(?:br|hr)\b[^>]*>|<\s*/?\s*(?:p|div|li|ul|ol|h[1-6]|blockquote|section|article|table|tr"
    r"|figure|figcaption|pre)\b[^>]*>",
    re.IGNORECASE,
)
_CELL = re.compile(r"<\s*/\s*t[dh]\b[^>]*>", re.IGNORECASE)
_DROPPED = re.compile(r"<\s*figcaption\b.*?<\s*/\s*figcaption\s*>", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\b(src|alt|width)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_SPLIT = "\ue000"


def to_text(markup: str) -> str:
    """Return the words of a piece of HTML on one line."""
    return " ".join(to_paragraphs(markup))


def to_paragraphs(markup: str) -> list[str]:
    """Return the paragraphs of a piece of HTML as plain texts; scripts and styles are gone."""
    if "<" not in markup:
        return [text for line in markup.split("\n\n") if (text := tidy(html.unescape(line)))]
    cut = _BLOCK.sub(_SPLIT, _CELL.sub(" ", _DROPPED.sub(" ", markup.replace(_SPLIT, ""))))
    plain = html.unescape(nh3.clean(cut, tags=set()))
    return [text for part in plain.split(_SPLIT) if (text := tidy(part))]


def first_image(markup: str) -> tuple[str, str] | None:
    """Return address and description of the first picture that is no tracking pixel."""
    for tag in _IMAGE.findall(markup):
        values = {
            found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
            for found in _ATTRIBUTE.finditer(tag)
        }
        if values.get("src") and values.get("width") not in {"0", "1"}:
            return values["src"], tidy(values.get("alt", ""))
    return None
