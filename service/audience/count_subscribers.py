"""How many readers there are: counted at each look while they are few, beforehand when many.

Ten million rows take seconds to count, and a page must cost the same whatever the audience. The
scheduler counts in a rhythm of its own (`service/scheduler/recount.py`) and keeps the figures.
"""

from datetime import datetime, timedelta
from time import monotonic

from service.audience import subscriber_counts
from service.audience.queries import subscriber_counts as queries
from service.audience.subscriber_counts import SubscriberCounts
from service.kit.db import Session

LARGE_AUDIENCE = 100_000
"""From so many subscriptions on pages show what was counted last; fewer take 30 ms to count."""

MIN_PAUSE = timedelta(seconds=10)
PAUSE_FACTOR = 50
"""Times that a count took which pass before the next: counting never takes over 2 % of the time."""


def current_counts(session: Session) -> SubscriberCounts:
    """Return what was counted last of a large audience, and count a small one now."""
    kept = queries.stored_counts(session)
    if kept is None or kept.subscriptions < LARGE_AUDIENCE:
        return count_now(session)
    return SubscriberCounts(
        by_newsletter=subscriber_counts.counts_from_json(kept.figures), counted_at=kept.counted_at
    )


def count_now(session: Session) -> SubscriberCounts:
    """Count every subscription now."""
    return SubscriberCounts(
        by_newsletter=subscriber_counts.sum_counts(queries.count_by_state(session))
    )


def refresh_counts(session: Session, *, now: datetime) -> bool:
    """Count and keep the figures; False means it is not time yet, or somebody else is at it."""
    if not queries.try_lock_counts(session):
        return False
    kept = queries.stored_counts(session)
    if kept is not None and not is_refresh_due(kept.counted_at, kept.took, now=now):
        return False
    begun = monotonic()
    counted = count_now(session)
    queries.store_counts(
        session,
        {
            "counted_at": now,
            "took": timedelta(seconds=monotonic() - begun),
            "subscriptions": counted.subscriptions,
            "figures": subscriber_counts.counts_to_json(counted.by_newsletter),
        },
    )
    return True


def is_refresh_due(counted_at: datetime, took: timedelta, *, now: datetime) -> bool:
    """Tell whether it is time to count again; a count of the future is a wrong clock's."""
    return not timedelta(0) <= now - counted_at < pause_after(took)


def pause_after(took: timedelta) -> timedelta:
    """Return how long nobody counts after a count, or a try, that took so long."""
    return max(MIN_PAUSE, PAUSE_FACTOR * took)
