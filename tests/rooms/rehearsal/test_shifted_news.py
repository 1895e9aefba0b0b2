"""The past, some weeks later: at the same local times, whatever the clocks have done since."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from service.editions.select import ArticleCandidate
from service.rehearsal.shifted_news import (
    MOST_WEEKS,
    is_copy,
    move_by_weeks,
    original,
    shift_news,
    weeks_back,
)

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ZONES = st.sampled_from(sorted(available_timezones()))
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  Hypothesis adds the zone.
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def an_article(number: int, seen: datetime, *, age: timedelta | None = None) -> ArticleCandidate:
    return ArticleCandidate(
        article_id=number,
        section_key="sport",
        published_at=None if age is None else seen - age,
        first_seen_at=seen,
    )


def test_a_week_later_the_clocks_show_the_same_also_where_they_have_changed() -> None:
    """Newsrooms begin at eight on their own clocks, not in UTC."""
    before = datetime(2026, 3, 25, 7, tzinfo=UTC)  # 08:00, winter time.

    after = move_by_weeks(before, 1, PARIS)

    assert after == datetime(2026, 4, 1, 6, tzinfo=UTC)
    assert move_by_weeks(after, -1, PARIS) == before


def test_a_time_that_does_not_exist_is_later_by_the_jump() -> None:
    half_past_two = datetime(2026, 3, 22, 1, 30, tzinfo=UTC)

    assert move_by_weeks(half_past_two, 1, PARIS) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(ZONES, INSTANTS, st.integers(1, MOST_WEEKS))
def test_nothing_moves_by_more_than_the_clocks_change(
    name: str, instant: datetime, weeks: int
) -> None:
    """In no zone a day is lost, Samoa's included, which has once left one out."""
    moved = move_by_weeks(instant, weeks, ZoneInfo(name))

    assert abs(moved - instant - timedelta(weeks=weeks)) <= timedelta(days=1)


def test_copies_have_numbers_of_their_own_and_lead_back_to_their_articles() -> None:
    [copy] = shift_news([an_article(7, NOON)], weeks=1, zone=PARIS, now=NOON)

    assert is_copy(copy.article_id)
    assert not is_copy(7)
    assert (original(copy.article_id), original(7)) == (7, 7)


def test_an_article_keeps_its_age_and_what_would_have_come_by_now_is_left_out() -> None:
    """It is there already, as it really came."""
    week = timedelta(weeks=1)
    past = [
        an_article(1, NOON - week - timedelta(minutes=1)),
        an_article(2, NOON - week, age=timedelta(hours=3)),
        an_article(3, NOON - timedelta(days=1)),
    ]

    copies = shift_news(past, weeks=1, zone=PARIS, now=NOON)

    assert [original(each.article_id) for each in copies] == [2, 3]
    assert [each.first_seen_at for each in copies] == [NOON, NOON + timedelta(days=6)]
    assert [each.published_at for each in copies] == [NOON - timedelta(hours=3), None]


def test_the_past_is_as_long_as_the_days_ahead_and_as_the_longest_window() -> None:
    """Else an article would come twice, or from the future."""
    day = timedelta(days=1)

    assert weeks_back(7, [day]) == 1
    assert weeks_back(1, []) == 1
    assert weeks_back(8, [day]) == 2
    # A weekly window is an hour longer where the clocks go back.
    assert weeks_back(7, [timedelta(days=7, hours=1)]) == 1
    assert weeks_back(7, [timedelta(days=8)]) == 2
    assert weeks_back(31, [day]) == MOST_WEEKS
    # After a year without editions last week is still what next week resembles.
    assert weeks_back(7, [day, timedelta(days=400)]) == 1
