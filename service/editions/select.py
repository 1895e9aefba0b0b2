"""Pure: select the articles of an edition from its candidates, in order, by section.

A section takes the newest articles first and no more than the newsletter allows. Each article
appears once, in the first section that accepts its key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush


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


class SelectionProgress:
    """Tells whether older candidates can still change what the sections take.

    Candidates come in the order in which they were seen, the latest first. Nothing that was seen
    earlier is newer than the time at which it was seen.
    """

    def __init__(self, rules: Sequence[TargetSection], *, most_per_section: int) -> None:
        """Begin with empty sections; each takes `most_per_section` articles."""
        self._most = most_per_section
        self._section_of = {key: rule.section_id for rule in reversed(rules) for key in rule.keys}
        # The times of each section's newest candidates, the oldest of them first.
        self._newest: dict[int, list[float]] = {rule.section_id: [] for rule in rules}

    def add(self, candidate: ArticleCandidate) -> None:
        """Count a candidate that the rule may select."""
        section_id = self._section_of.get(candidate.section_key)
        if section_id is not None:
            newest = self._newest[section_id]
            heappush(newest, -_newest_first(candidate)[0])
            if len(newest) > self._most:
                heappop(newest)

    def is_settled(self, *, seen_to: datetime) -> bool:
        """Return whether every section is full of what is newer than whatever was seen by then."""
        return all(
            len(newest) >= self._most and newest[0] > seen_to.timestamp()
            for newest in self._newest.values()
        )


def _newest_first(candidate: ArticleCandidate) -> tuple[float, int]:
    at = candidate.published_at or candidate.first_seen_at
    # A date in the future is an error of the site; it must not take the first place.
    return (-min(at, candidate.first_seen_at).timestamp(), -candidate.article_id)
