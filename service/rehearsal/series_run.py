"""Pure: run the slots of a series one after the other, each with what the one before has left.

The choice and the end of a window are those of the real machinery (`editions.article_choice`). What
stands in SQL there, which articles a selection finds, is repeated here for articles that have not
come yet; a test compares both, article by article.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.editions.article_choice import (
    ArticleChoice,
    CandidateSet,
    ClosedWindow,
    choose_articles,
    close_dropped,
    close_merged,
    close_selected,
    is_thin,
)
from service.editions.curation import CuratedArticle
from service.editions.select import ArticleCandidate, TargetSection
from service.editions.window import OVERLAP
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters.limits import ArticleLimits, ThinEditions
from service.newsletters.missed_slots import SlotDecision
from service.rehearsal.shifted_news import is_copy, original


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRules:
    """By which rules the articles of a series are chosen."""

    sections: Sequence[TargetSection]
    limits: ArticleLimits
    thin_editions: ThinEditions


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPlan:
    """A slot to run: the end of its window, and what editors have prepared for it.

    `is_approved` is what an editor has approved: it is sent although it is thin.
    """

    until: datetime
    curation: Mapping[int, CuratedArticle] = field(default_factory=dict)
    is_approved: bool = False
    decision: SlotDecision = SlotDecision.SEND


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotResult:
    """What came of a slot; `skipped` says why nothing would be sent, None if something would be."""

    window_from: datetime
    window_to: datetime
    choice: ArticleChoice
    skipped: TranslatableMessage | None


@dataclass(slots=True, kw_only=True)
class SeriesRun:
    """A series between two slots: where the next window begins, and what was carried or waits.

    `news` are all articles that its slots may find.
    """

    news: Sequence[ArticleCandidate]
    rules: SeriesRules
    window_from: datetime
    waiting: list[int] = field(default_factory=list)
    carried: set[int] = field(default_factory=set)
    passed_over: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Sort the articles: a month may have a thousand slots, and each looks for its own."""
        self.news = sorted(self.news, key=lambda each: (each.first_seen_at, each.article_id))

    def run_slot(self, task: SlotPlan) -> SlotResult:
        """Choose for a slot, and close its window."""
        window_from = self.window_from
        choice = choose_articles(self._candidates(task), self.rules.sections, self.rules.limits)
        closed, skipped = self._close(task, choice)
        if skipped is None:
            self.carried.update(each.article_id for each in choice.chosen)
        self.window_from = closed.window_to
        self.waiting = closed.waiting
        self.passed_over.update(closed.passed_over)
        return SlotResult(
            window_from=window_from, window_to=task.until, choice=choice, skipped=skipped
        )

    def _close(
        self, task: SlotPlan, choice: ArticleChoice
    ) -> tuple[ClosedWindow, TranslatableMessage | None]:
        if task.decision is SlotDecision.MERGE:
            merged = ClosedWindow(window_to=self.window_from, waiting=self.waiting, passed_over=[])
            return merged, translatable("edition.missed.merged")
        if task.decision is SlotDecision.SKIP:
            closed = close_dropped(choice, window_to=max(task.until, self.window_from))
            return closed, translatable("edition.missed.skipped")
        if not task.is_approved and is_thin(choice, self.rules.limits):
            return self._close_thin(task, choice)
        placed = [each.article_id for each in choice.chosen]
        closed = close_selected(choice, placed, window_to=task.until)
        if placed:
            return closed, None
        all_wait = translatable("edition.all_wait")
        return closed, all_wait if choice.waiting else translatable("edition.nothing_new")

    def _close_thin(
        self, task: SlotPlan, choice: ArticleChoice
    ) -> tuple[ClosedWindow, TranslatableMessage]:
        count, least = len(choice.chosen), str(self.rules.limits.least)
        if self.rules.thin_editions is ThinEditions.SKIP:
            closed = close_dropped(choice, window_to=task.until)
            return closed, translatable("edition.thin.skipped", count=count, least=least)
        closed = close_merged(choice, window_from=self.window_from)
        return closed, translatable("edition.thin.merged", count=count, least=least)

    def _candidates(self, task: SlotPlan) -> CandidateSet:
        """Return what the selection would find: what is new, and what was pinned or waits."""
        pinned = {each for each, curated in task.curation.items() if curated.is_pinned}
        also = pinned.union(self.waiting)
        found = [
            each
            for each in (*self._in_window(task.until), *self._by_id(also))
            if each.article_id not in self.carried
        ]
        found = list({each.article_id: each for each in found}.values())
        found.sort(key=lambda each: (each.article_id in also, each.first_seen_at, each.article_id))
        found.reverse()
        come = {each.article_id for each in found if not is_copy(each.article_id)}
        return CandidateSet(
            # After many merged editions a window is longer than the weeks between both.
            candidates=[
                each
                for each in found
                if not is_copy(each.article_id) or original(each.article_id) not in come
            ],
            waited=list(self.waiting),
            curation=task.curation,
        )

    def _in_window(self, until: datetime) -> list[ArticleCandidate]:
        first = bisect_left(self.news, self.window_from - OVERLAP, key=_seen)
        last = bisect_left(self.news, until, key=_seen)
        found = self.news[first:last]
        return [each for each in found if each.article_id not in self.passed_over]

    def _by_id(self, article_ids: Collection[int]) -> list[ArticleCandidate]:
        if not article_ids:
            return []
        return [each for each in self.news if each.article_id in article_ids]


def _seen(article: ArticleCandidate) -> datetime:
    return article.first_seen_at
