"""Pure: choose an edition's articles among its candidates, and what it leaves to the next one.

The selection at a slot uses it with what is in the database, and a rehearsal with what might come.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.editions.curation import CuratedArticle, arrange
from service.editions.limit import limit_articles
from service.editions.select import ArticleCandidate, SelectedArticle, TargetSection
from service.editions.window import OVERLAP
from service.newsletters.limits import ArticleLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSet:
    """What an edition's articles are chosen from; `waited` are those that waited for it."""

    candidates: list[ArticleCandidate]
    waited: list[int]
    curation: Mapping[int, CuratedArticle]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChoice:
    """The articles of an edition in the order of the page, and all that it was chosen from.

    `waiting` are those of sections with too few, which the next edition finds again; `waited` those
    that waited for this one. `kept` are an editor's choice, and `dropped` what an editor dropped.
    """

    chosen: list[SelectedArticle]
    candidates: list[ArticleCandidate]
    waiting: list[int]
    waited: list[int]
    kept: frozenset[int]
    dropped: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWindow:
    """Where the window of an edition ended, and what the next one finds again, or not.

    `waiting` it finds whenever they were seen, `passed_over` not although it looks back there.
    """

    window_to: datetime
    waiting: list[int]
    passed_over: list[int]


def choose_articles(
    found: CandidateSet, sections: Sequence[TargetSection], limits: ArticleLimits
) -> ArticleChoice:
    """Return the articles of an edition: the rule's, as curated, within the limits."""
    kept = frozenset(each for each, curated in found.curation.items() if curated.is_kept)
    limited = limit_articles(
        arrange(
            found.candidates, sections, found.curation, most_per_section=limits.most_per_section
        ),
        sections,
        limits,
        kept=kept,
    )
    return ArticleChoice(
        chosen=limited.chosen,
        candidates=found.candidates,
        waiting=limited.waiting,
        waited=found.waited,
        kept=kept.intersection(each.article_id for each in limited.chosen),
        dropped=[each for each, curated in found.curation.items() if curated.is_dropped],
    )


def is_thin(choice: ArticleChoice, limits: ArticleLimits) -> bool:
    """Return whether there is something, but less than an edition should have.

    What an editor has chosen an article for is sent as it is.
    """
    return not choice.kept and 0 < len(choice.chosen) < limits.least


def close_selected(
    choice: ArticleChoice, placed: Collection[int], *, window_to: datetime
) -> ClosedWindow:
    """Return what an edition with these articles leaves; also one that has none."""
    gone = {*placed, *choice.waiting}
    return ClosedWindow(
        window_to=window_to,
        waiting=choice.waiting,
        # Only where the next selection looks back.
        passed_over=[
            each.article_id
            for each in choice.candidates
            if each.article_id not in gone and each.first_seen_at >= window_to - OVERLAP
        ],
    )


def close_dropped(choice: ArticleChoice, *, window_to: datetime) -> ClosedWindow:
    """Return what an edition leaves that is not sent, and whose articles are not carried later."""
    return ClosedWindow(
        window_to=window_to,
        waiting=choice.waiting,
        passed_over=[
            each.article_id for each in choice.candidates if each.article_id not in choice.waiting
        ],
    )


def close_merged(choice: ArticleChoice, *, window_from: datetime) -> ClosedWindow:
    """Return what an edition leaves whose articles wait: its window closes where it began."""
    waiting = [each for each in choice.waited if each not in choice.dropped]
    return ClosedWindow(window_to=window_from, waiting=waiting, passed_over=choice.dropped)
