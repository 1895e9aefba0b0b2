"""What of a feed is news: told by dates, by neighbours, or by what was known before."""

from datetime import UTC, datetime, timedelta

import pytest

from service.articles.news import FeedHistory, FeedItem, classify_items

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, LATER = FeedHistory(), FeedHistory(item_count=5)
LONG_AGO = datetime(2015, 1, 5, tzinfo=UTC)


def at(moment: datetime | None, *, known: bool = False) -> FeedItem:
    return FeedItem(published=moment, known=known)


def news(*sightings: FeedItem, history: FeedHistory = LATER) -> list[bool]:
    return [not age.backlog for age in classify_items(sightings, history=history, now=NOW)]


def test_at_the_first_poll_the_last_two_days_are_news() -> None:
    assert news(at(NOW - DAY), at(NOW - 3 * DAY), history=FIRST) == [True, False]


def test_a_relisted_archive_is_no_news() -> None:
    assert news(at(NOW, known=True), at(LONG_AGO), at(LONG_AGO)) == [True, False, False]


def test_what_comes_late_but_within_the_horizon_is_news() -> None:
    week, short = NOW - 7 * DAY, FeedHistory(item_count=5, horizon=2 * DAY)

    assert news(at(week)) == [True]
    assert news(at(week), history=short) == [False]


def test_an_undated_feed_is_back_catalogue_at_first() -> None:
    assert news(at(None), at(None), history=FIRST) == [False, False]


def test_without_dates_what_stands_above_the_known_is_news_and_below_is_archive() -> None:
    known = at(None, known=True)

    assert news(at(None), known, at(None)) == [True, True, False]
    # One that is pinned on top hides nothing.
    assert news(known, at(None), known) == [True, True, True]


def test_a_busy_feed_that_turns_over_whole_is_news_and_one_that_grows_is_an_archive() -> None:
    assert news(*[at(None)] * 5) == [True] * 5
    assert news(*[at(None)] * 50) == [False] * 50


def test_an_undated_item_among_old_ones_is_old_and_above_fresh_ones_is_new() -> None:
    fresh = at(NOW, known=True)

    assert news(fresh, at(LONG_AGO), at(None), at(LONG_AGO)) == [True, False, False, False]
    assert news(at(None), at(NOW - DAY), history=FIRST) == [True, True]


def test_a_pinned_old_item_does_not_age_what_stands_below_it() -> None:
    pinned, known = at(LONG_AGO, known=True), at(NOW - DAY, known=True)

    ages = classify_items([pinned, at(None), known], history=LATER, now=NOW)

    assert (ages[1].backlog, ages[1].dated_at) == (False, None)


def test_a_feed_with_the_newest_last_is_read_the_other_way_round() -> None:
    dates = [at(NOW - n * DAY, known=True) for n in (3, 2, 1)]

    assert news(*dates, at(None)) == [True, True, True, True]


def test_numbers_in_addresses_tell_that_the_newest_stand_last() -> None:
    listed = [FeedItem(published=None, known=n < 4, url_numbers=(2023, n)) for n in range(1, 6)]

    assert news(*listed) == [True] * 5
    # Seen first, all of it is back-catalogue, in whichever order.
    assert news(*listed[3:], history=FIRST) == [False, False]
    # What such a feed then lists on top is older than what was known.
    assert news(FeedItem(published=None, url_numbers=(2022, 9)), *listed) == [False, *[True] * 5]


def test_a_feed_that_has_grown_at_its_end_before_grows_there_again() -> None:
    def seen(days: int) -> FeedItem:
        return FeedItem(published=None, known=True, first_seen=NOW - days * DAY)

    assert news(seen(9), seen(5), seen(4), at(None)) == [True] * 4
    # Once, an old one may have moved up into the place of one that was withdrawn.
    assert news(seen(9), seen(9), seen(4), at(None))[-1] is False
    assert news(seen(1), seen(9), seen(4), at(None))[-1] is False
    assert news(at(None), seen(9), seen(5), seen(4)) == [True] * 4


@pytest.mark.parametrize("ahead", [3 * DAY, 365 * DAY])
def test_a_date_far_ahead_is_none(ahead: timedelta) -> None:
    assert news(at(NOW + ahead), history=FIRST) == [False]


def test_a_clock_that_is_a_little_fast_is_forgiven() -> None:
    (age,) = classify_items([at(NOW + timedelta(hours=3))], history=FIRST, now=NOW)

    assert (age.dated_at, age.backlog) == (NOW, False)


def test_one_moment_for_all_is_that_of_a_build_and_no_date() -> None:
    built = [FeedItem(published=None, updated=NOW) for _ in range(6)]

    assert news(*built, history=FIRST) == [False] * 6
