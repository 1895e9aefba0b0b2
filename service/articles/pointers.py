"""Pure: paragraphs are cleared of what sites add to them for their own ends.

These are pointers to other articles ("À lire aussi : …"), and the line by which blogs tell
aggregators where a feed's item came from.
"""

import re
from collections.abc import Iterable, Sequence

from service.articles.clipping_lines import part_pointers, related_headline
from service.articles.typography import fold

_SYNDICATED = re.compile(
    r"\s*(?:(?:cet |l['’])article .{1,300}? est apparu en premier (?:sur|dans) .{1,100}"
    r"|the post .{1,300}? (?:appeared first|first appeared) on .{1,100})$",
    re.IGNORECASE,
)
_CUT_SHORT = re.compile(r"\s*(?:\[(?:…|\.{3})\]|\((?:…|\.{3})\))$")


def clear_of_pointers(
    paragraphs: Sequence[str], *, known: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the paragraphs of the article itself, and the headlines it points to, each once.

    `known` are headlines that are already known to be pointed to.
    """
    related = {fold(headline): headline for headline in known if headline}
    kept: list[str] = []
    for part in (part for paragraph in paragraphs for part in part_pointers(paragraph)):
        headline = related_headline(part)
        if headline:
            related.setdefault(fold(headline), headline)
        elif headline is None and fold(part) not in related:
            kept.append(part)
    return kept, list(related.values())


def without_origin(text: str) -> str:
    """Cut off "The post … appeared first on …", and the mark of a text that was cut short."""
    text = _SYNDICATED.sub("", text)
    found = _CUT_SHORT.search(text)
    if found is None:
        return text
    whole = text[: found.start()]
    return whole if whole.endswith((".", "!", "?", "…")) else f"{whole}…"
