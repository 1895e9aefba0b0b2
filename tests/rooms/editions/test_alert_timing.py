"""When an alert goes out: at once, with others, or when a person says so."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.editions.alert_timing import (
    MAX_AGE,
    AlertDecision,
    AlertLimits,
    RecentAlerts,
    decide,
    is_fresh,
)

NOW = datetime(2023, 2, 8, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = AlertLimits(most_per_day=3, merge_within=5 * MINUTE)


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        (RecentAlerts(last_at=None, today=0), AlertDecision(at=NOW)),
        (RecentAlerts(last_at=NOW - 5 * MINUTE, today=1), AlertDecision(at=NOW)),
        (RecentAlerts(last_at=NOW - 2 * MINUTE, today=1), AlertDecision(at=NOW + 3 * MINUTE)),
        (RecentAlerts(last_at=NOW - 2 * MINUTE, today=3), AlertDecision(at=NOW, is_held=True)),
        # Yesterday's do not count, but the last one was a moment before midnight.
        (RecentAlerts(last_at=NOW - MINUTE, today=0), AlertDecision(at=NOW + 4 * MINUTE)),
    ],
)
def test_the_first_goes_at_once_the_next_a_little_later_and_too_many_are_held(
    recent: RecentAlerts, expected: AlertDecision
) -> None:
    assert decide(recent, LIMITS, now=NOW) == expected


def test_nothing_merges_where_the_newsletter_says_so() -> None:
    limits = AlertLimits(most_per_day=3, merge_within=timedelta(0))

    assert decide(RecentAlerts(last_at=NOW, today=1), limits, now=NOW) == AlertDecision(at=NOW)


@given(
    minutes=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    most=st.integers(1, 10),
    merge=st.integers(0, 20),
)
def test_alerts_of_a_day_are_few_and_never_closer_than_their_newsletter_wants(
    minutes: list[int], most: int, merge: int
) -> None:
    """However a publisher calls everything breaking."""
    limits = AlertLimits(most_per_day=most, merge_within=merge * MINUTE)
    sent: list[datetime] = []
    now = NOW
    for wait in minutes:
        now += wait * MINUTE
        recent = RecentAlerts(last_at=max(sent, default=None), today=len(sent))
        if sent and sent[-1] > now:
            continue  # It is added to the one that is still to come.
        decision = decide(recent, limits, now=now)
        if not decision.is_held:
            assert decision.at <= now + merge * MINUTE
            sent.append(decision.at)

    assert len(sent) <= most
    assert all(two - one >= merge * MINUTE for one, two in pairwise(sent))


@pytest.mark.parametrize(
    ("seen", "published", "expected"),
    [
        (NOW, NOW, True),
        (NOW, None, True),
        (NOW - MAX_AGE, NOW - MAX_AGE, True),
        (NOW - MAX_AGE - MINUTE, NOW, False),
        (NOW, NOW - MAX_AGE - MINUTE, False),
        # A bare day: this afternoon, perhaps.
        (NOW, datetime(2023, 2, 8, tzinfo=UTC), True),
        (NOW, datetime(2023, 2, 7, tzinfo=UTC), False),
        # A site's clock is ahead.
        (NOW, NOW + timedelta(hours=1), True),
    ],
)
def test_what_is_old_makes_no_alert(
    seen: datetime, published: datetime | None, expected: bool
) -> None:
    assert is_fresh(first_seen_at=seen, published_at=published, now=NOW) is expected
