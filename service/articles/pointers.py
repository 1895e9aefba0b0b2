"""Pure: paragraphs are cleared of what sites add to them for their own ends.

These are pointers to other articles ("À lire aussi : …"), and the line by which blogs tell
aggregators where a feed's item came from.
"""

import re
from collections.abc import Iterable, Sequence

from service.articles.clipping_lines import part_pointers, related_headline
from service.articles.typography import fold

_SYNDICATED = re.compile(
    r"\s*(?:(?:cet |l['’])article .{1,300}? (?:est apparu|a été publié) en premier (?:sur|dans)"
    r" .{1,100}|the post .{1,300}? (?:appeared first|first appeared) on .{1,100})$",
    re.IGNORECASE,
)
# "Read more", as a link at the end of a summary that lost its address on the way.
_MORE = re.compile(
    r"(?:(?<=[.!?…»”\])])|(?<=\.\.\.)|^)\s*(?:[«\[(>→]\s*)?(?:continuer la lecture(?: de .{1,300})?"
    r"|lire (?:la suite|plus|davantage|l['’]article(?: complet| entier)?|l['’]intégralité)"
    r"(?: (?:de|sur|dans) .{1,100})?|en savoir plus"
    r"|leia (?:mais|a íntegra)|ler mais|saiba mais|leer más|seguir leyendo|suite\s*(?:»|→|>>)"
    r"|(?:continue reading|read (?:more|on|the (?:full|rest of the|whole) (?:article|story|entry)))"
    r"(?: (?:of |on |at )?.{1,100})?)\s*(?:…|\.{3}|[.»→>\])]|&raquo;){0,3}$",
    re.IGNORECASE,
)
_LONGEST_TAIL = 450
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
    text = _end_cut(_SYNDICATED, text)
    text = _end_cut(_MORE, text) or text
    found = _CUT_SHORT.search(text)
    if found is None:
        return text
    whole = text[: found.start()]
    return whole if whole.endswith((".", "!", "?", "…")) else f"{whole}…"


def _end_cut(pattern: re.Pattern[str], text: str) -> str:
    """Cut what the pattern finds off the end; only the end is looked at, so it is one pass."""
    at = max(0, len(text) - _LONGEST_TAIL)
    found = pattern.search(text, at)
    return text if found is None else text[: found.start()].rstrip()
