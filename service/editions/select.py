"""Pure: candidates become the ordered sections of an edition.

A section takes the newest articles first and no more than the newsletter allows; each article
stands once, in the first section that claims it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSection:
    """A section of the newsletter, and the keys under which articles are filed in it."""

    section_id: int
    bit: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCandidate:
    """An article that may go in: seen in the window, not withdrawn, not sent before."""

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
    """Return the picks in the newsletter's order of sections; empty when nothing is new."""
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
    # A date in the future is a mistake of the site's clock; it may not hold the first place.
    return (-min(at, candidate.first_seen_at).timestamp(), -candidate.article_id)
