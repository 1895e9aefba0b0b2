"""What is in a window and not in its edition is counted, by the reason."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.editions.article_choice import ArticleChoice
from service.editions.select import ArticleCandidate, SelectedArticle
from service.kit.translatable import translatable
from service.rehearsal.left_out import RejectedNews, count_left_out
from service.rehearsal.rehearsed import MissingArticles
from service.rehearsal.series_run import SlotResult

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOTHING = RejectedNews(too_old=[], no_section=[], weeks=1, zone=ZoneInfo("UTC"), now=NOW)


def a_result(*, sent: bool) -> SlotResult:
    """Five candidates: 1 is chosen, 2 waits, 3 was dropped, and 4 and 5 have no room."""
    candidates = [
        ArticleCandidate(article_id=each, section_key="sport", published_at=None, first_seen_at=NOW)
        for each in (1, 2, 3, 4, 5)
    ]
    return SlotResult(
        window_from=NOW - DAY,
        window_to=NOW + DAY,
        choice=ArticleChoice(
            chosen=[SelectedArticle(article_id=1, section_id=1, bit=0, position=0)],
            candidates=candidates,
            waiting=[2],
            waited=[],
            kept=frozenset(),
            # An editor has dropped another one, too, which never came.
            dropped=[3, 99],
        ),
        skipped=None if sent else translatable("edition.nothing_new"),
    )


def test_each_article_is_left_out_for_one_reason() -> None:
    counted = count_left_out(a_result(sent=True), NOTHING)

    assert counted == MissingArticles(no_room=2, dropped=1, waiting=1)


def test_of_an_edition_that_is_not_sent_nothing_lacks_room() -> None:
    assert count_left_out(a_result(sent=False), NOTHING).no_room == 0


def test_what_was_too_old_counts_as_it_came_and_once_more_for_what_will_come() -> None:
    """The half of the window that has passed is real, the other one is as a week ago."""
    week = timedelta(weeks=1)
    rejected = RejectedNews(
        too_old=[NOW - timedelta(hours=1), NOW - week + timedelta(hours=1), NOW - 2 * DAY],
        no_section=[NOW - week + timedelta(hours=2)],
        weeks=1,
        zone=ZoneInfo("UTC"),
        now=NOW,
    )

    counted = count_left_out(a_result(sent=True), rejected)

    assert (counted.too_old, counted.no_section) == (2, 1)
