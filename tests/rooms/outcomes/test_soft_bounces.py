from datetime import UTC, datetime, timedelta

from service.outcomes import soft_bounces

NOW = datetime(2023, 2, 8, 7, 0, tzinfo=UTC)


def _days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=each) for each in days]


def test_three_days_over_a_week_are_enough() -> None:
    assert soft_bounces.has_repeated_soft_bounces(_days_ago(9, 4, 0), now=NOW)


def test_a_bad_week_is_not_enough() -> None:
    assert not soft_bounces.has_repeated_soft_bounces(_days_ago(6, 5, 4, 3, 2, 1, 0), now=NOW)


def test_many_bounces_on_two_days_are_not_enough() -> None:
    assert not soft_bounces.has_repeated_soft_bounces(_days_ago(20, 20.1, 0, 0.1, 0.2), now=NOW)


def test_what_is_long_ago_is_forgiven() -> None:
    assert not soft_bounces.has_repeated_soft_bounces(_days_ago(90, 80, 0), now=NOW)


def test_exactly_a_week_and_exactly_the_lookback_count() -> None:
    week, lookback = soft_bounces.MIN_SPAN.days, soft_bounces.LOOKBACK.days

    assert soft_bounces.has_repeated_soft_bounces(_days_ago(week, 3, 0), now=NOW)
    assert soft_bounces.has_repeated_soft_bounces(_days_ago(lookback, 30, 0), now=NOW)
    assert not soft_bounces.has_repeated_soft_bounces(_days_ago(lookback + 1, 30, 0), now=NOW)
