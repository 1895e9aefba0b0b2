"""Slot after slot in memory, as the real machinery goes; `test_rehearse.py` compares both."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.editions.curation import CuratedArticle
from service.editions.select import ArticleCandidate, TargetSection
from service.newsletters.limits import ArticleLimits, ThinEditions
from service.newsletters.missed_slots import SlotDecision
from service.rehearsal.series_run import SeriesRules, SeriesRun, SlotPlan, SlotResult
from service.rehearsal.shifted_news import shift_news

SEVEN = datetime(2026, 11, 30, 7, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SPORT = TargetSection(section_id=1, bit=0, keys=frozenset({"sport"}))


def news(*seen: datetime, first: int = 1) -> list[ArticleCandidate]:
    return [
        ArticleCandidate(article_id=number, section_key="sport", published_at=at, first_seen_at=at)
        for number, at in enumerate(seen, first)
    ]


def a_run(articles: list[ArticleCandidate], **changes: Any) -> SeriesRun:
    thin = changes.pop("thin", ThinEditions.MERGE)
    limits = ArticleLimits(**{"most_per_section": 8, **changes})
    rules = SeriesRules(sections=[SPORT], limits=limits, thin_editions=thin)
    return SeriesRun(news=articles, rules=rules, window_from=SEVEN)


def carried(result: SlotResult) -> list[int]:
    return [each.article_id for each in result.choice.chosen]


def test_each_slot_has_what_came_since_the_one_before() -> None:
    run = a_run(news(SEVEN, SEVEN + HOUR - MINUTE, SEVEN + HOUR))

    eight, nine = (run.run_slot(SlotPlan(until=SEVEN + hours * HOUR)) for hours in (1, 2))

    assert (carried(eight), carried(nine)) == ([2, 1], [3])
    assert (nine.window_from, nine.window_to) == (SEVEN + HOUR, SEVEN + 2 * HOUR)
    assert (eight.skipped, nine.skipped) == (None, None)


def test_what_had_no_room_does_not_come_back_at_the_seam() -> None:
    """The next selection looks back a quarter of an hour."""
    run = a_run(news(SEVEN + HOUR - 2 * MINUTE, SEVEN + HOUR - MINUTE), most_per_section=1)
    run.run_slot(SlotPlan(until=SEVEN + HOUR))

    nine = run.run_slot(SlotPlan(until=SEVEN + 2 * HOUR))

    assert nine.skipped is not None
    assert nine.skipped.key == "edition.nothing_new"


def test_a_thin_edition_waits_or_is_dropped_and_an_approved_one_goes() -> None:
    first, second = SlotPlan(until=SEVEN + HOUR), SlotPlan(until=SEVEN + 2 * HOUR)
    articles = news(SEVEN + MINUTE, SEVEN + HOUR + MINUTE)

    waiting = a_run(articles, least=2)
    dropping = a_run(articles, least=2, thin=ThinEditions.SKIP)
    approved = a_run(articles, least=2).run_slot(SlotPlan(until=SEVEN + HOUR, is_approved=True))

    said = [waiting.run_slot(first).skipped, dropping.run_slot(first).skipped]
    assert [each and each.key for each in said] == ["edition.thin.merged", "edition.thin.skipped"]
    assert carried(waiting.run_slot(second)) == [2, 1]
    assert dropping.run_slot(second).skipped is not None
    assert (carried(approved), approved.skipped) == ([1], None)


def test_a_section_with_too_few_waits_and_the_window_moves_on() -> None:
    run = a_run(news(SEVEN + MINUTE, SEVEN + 3 * HOUR), least_per_section=2)

    alone = run.run_slot(SlotPlan(until=SEVEN + HOUR))
    together = run.run_slot(SlotPlan(until=SEVEN + 4 * HOUR))

    assert alone.skipped is not None
    assert alone.skipped.key == "edition.all_wait"
    assert carried(together) == [2, 1]


def test_a_missed_slot_leaves_its_articles_to_the_next_or_takes_them_along() -> None:
    articles = news(SEVEN + MINUTE, SEVEN + HOUR + MINUTE)
    runs = {each: a_run(articles) for each in (SlotDecision.MERGE, SlotDecision.SKIP)}
    for decision, run in runs.items():
        missed = run.run_slot(SlotPlan(until=SEVEN + HOUR, decision=decision))
        assert missed.skipped is not None

    later = [carried(run.run_slot(SlotPlan(until=SEVEN + 2 * HOUR))) for run in runs.values()]

    assert later == [[2, 1], [2]]


def test_what_editors_pinned_is_in_whenever_it_came_and_what_they_dropped_is_not() -> None:
    run = a_run(news(SEVEN - 9 * HOUR, SEVEN + MINUTE))
    curation = {
        1: CuratedArticle(article_id=1, is_pinned=True),
        2: CuratedArticle(article_id=2, is_dropped=True),
    }

    prepared = run.run_slot(SlotPlan(until=SEVEN + HOUR, curation=curation))

    assert carried(prepared) == [1]


def test_an_article_does_not_come_with_its_own_copy() -> None:
    """After a week of thin editions the window is longer than the week between both."""
    articles = news(SEVEN + MINUTE)
    copies = shift_news(articles, weeks=1, zone=ZoneInfo("UTC"), now=SEVEN + HOUR)

    both = a_run([*articles, *copies]).run_slot(SlotPlan(until=SEVEN + timedelta(days=9)))

    assert carried(both) == [1]
