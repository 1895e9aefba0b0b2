"""Pure: select the articles of an edition from its candidates, in order, by section.

A section takes the newest articles first and no more than the newsletter allows. Each article
appears once, in the first section that accepts its key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSection:
    """A section of the newsletter, and the keys of the articles that belong in it."""

    section_id: int
    bit: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCandidate:
    """An article that may be selected: seen in the window, not withdrawn, not carried before."""

    article_id: int
    section_key: str
    published_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedArticle:
    """An article and its place in the edition."""

    article_id: int
    section_id: int
    bit: int
    position: int


def select(
    candidates: Iterable[ArticleCandidate], rules: Sequence[TargetSection], *, most_per_section: int
) -> list[SelectedArticle]:
    """Return the selected articles in the order of the page; empty if nothing is new."""
    section_of = {key: rule for rule in reversed(rules) for key in rule.keys}
    by_section: dict[int, list[ArticleCandidate]] = {rule.section_id: [] for rule in rules}
    for candidate in candidates:
        rule = section_of.get(candidate.section_key)
        if rule is not None:
            by_section[rule.section_id].append(candidate)
    return [
        SelectedArticle(
            article_id=candidate.article_id,
            section_id=rule.section_id,
            bit=rule.bit,
            position=position,
        )
        for rule in rules
        for position, candidate in enumerate(
            sorted(by_section[rule.section_id], key=_newest_first)[:most_per_section]
        )
    ]


def _newest_first(candidate: ArticleCandidate) -> tuple[float, int]:
    at = candidate.published_at or candidate.first_seen_at
    # A date in the future is an error of the site; it must not take the first place.
    return (-min(at, candidate.first_seen_at).timestamp(), -candidate.article_id)
