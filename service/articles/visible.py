"""Pure: authors and dates that a page shows its readers, where it describes none to machines."""

from collections.abc import Iterable
from typing import Any

from service.articles.bylines import has_cue, read_byline
from service.articles.typography import count_words, tidy

_SIGNED = (
    "//*[@itemprop='author' or @rel='author']",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' byline ')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' author ')]",
)
_DATED = {
    "published": (
        "//*[@itemprop='datePublished']",
        "//time[@pubdate or contains(@class, 'published')]",
        "//article//time[@datetime]",
    ),
    "updated": (
        "//*[@itemprop='dateModified']",
        "//time[contains(@class, 'updated') and not(contains(@class, 'published'))]",
    ),
}


def authors_shown(tree: Any) -> tuple[str, ...]:
    """Return whom the first marked byline on the page names."""
    for path in _SIGNED:
        for element in tree.xpath(path):
            names = read_byline(tidy(element.text_content()))
            if names:
                return names
    return ()


def date_shown(tree: Any, kind: str) -> str:
    """Return when the page says that it was "published" or "updated"; empty if it does not."""
    told: Iterable[str] = (
        tidy(element.get("datetime") or element.get("content") or element.text_content())
        for path in _DATED[kind]
        for element in tree.xpath(path)
    )
    return next((text for text in told if text), "")


def take_byline(paragraphs: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Take a first or last paragraph that does nothing but sign off the text."""
    for at, needs_cue in ((-1, False), (0, True)):
        if len(paragraphs) < 2 or count_words(paragraphs[at]) > 12:
            continue
        names = read_byline(paragraphs[at])
        if names and (has_cue(paragraphs[at]) or not needs_cue):
            rest = paragraphs[:-1] if at else paragraphs[1:]
            return rest, names
    return paragraphs, ()
