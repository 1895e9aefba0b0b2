"""Pure: an operator's corrections of an article hold until its source changes what was corrected.

For each corrected field, what the source says there is stored. A poll that brings the same again
changes nothing; if the source says something else, it has been corrected or rewritten itself, and
its word counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.articles.parsed_article import ParsedArticle

FIELDS = ("title", "summary", "section", "authors", "image_url", "image_alt")
"""What an operator may correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCorrection:
    """What an operator says of an article; None is no section, no picture, no description."""

    title: str
    summary: str
    section: str | None
    authors: tuple[str, ...]
    image_url: str | None
    image_alt: str | None


def apply_correction(
    known: ParsedArticle, correction: ArticleCorrection, corrections: Mapping[str, Any]
) -> tuple[ParsedArticle, dict[str, Any]]:
    """Return the corrected article, and the corrections that it then has.

    A field that is again what its source says is no correction any more.
    """
    kept = dict(corrections)
    for name in FIELDS:
        was, wanted = _plain(getattr(known, name)), _plain(getattr(correction, name))
        if wanted != was:
            kept.setdefault(name, was)
        if name in kept and kept[name] == wanted:
            del kept[name]
    changed = {name: getattr(correction, name) for name in FIELDS}
    return replace(known, **changed), kept


def keep_corrections(
    parsed: ParsedArticle, known: ParsedArticle, corrections: Mapping[str, Any]
) -> tuple[ParsedArticle, dict[str, Any]]:
    """Return what a source has brought with the corrections that hold, and these.

    `known` is the article as it is stored. A field that the source lacks is not contradicted.
    """
    kept = {
        name: was
        for name, was in corrections.items()
        if not (said := _plain(getattr(parsed, name))) or said == was
    }
    return replace(parsed, **{name: getattr(known, name) for name in kept}), kept


def _plain(value: Any) -> Any:
    """Return a field's value as JSON stores it."""
    return list(value) if isinstance(value, tuple) else value
