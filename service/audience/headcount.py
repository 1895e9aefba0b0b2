"""How many readers there are: counted at each look while they are few, beforehand when many.

Ten million rows take seconds to count, and a page must cost the same whatever the audience. The
scheduler counts in a rhythm of its own (`service/scheduler/recount.py`) and keeps the figures.
"""

from datetime import datetime, timedelta
from time import monotonic

from service.audience import heads
from service.audience.heads import Headcount
from service.audience.queries import headcounts as queries
from service.kit.db import Session

LARGE = 100_000
"""From so many subscriptions on pages show what was counted last; fewer take 30 ms to count."""

SOONEST = timedelta(seconds=10)
REST = 50
"""Times that a count took which pass before the next: counting never takes over 2 % of the time."""


def read(session: Session) -> Headcount:
    """Return what was counted last of a large audience, and count a small one now."""
    kept = queries.kept_headcount(session)
    if kept is None or kept.subscriptions < LARGE:
        return count(session)
    return Headcount(by_newsletter=heads.from_figures(kept.figures), counted_at=kept.counted_at)


def count(session: Session) -> Headcount:
    """Count every subscription now."""
    return Headcount(by_newsletter=heads.add_up(queries.count_heads(session)))


def count_again(session: Session, *, now: datetime) -> bool:
    """Count and keep the figures; False means it is not time yet, or somebody else is at it."""
    if not queries.take_turn_to_count(session):
        return False
    kept = queries.kept_headcount(session)
    if kept is not None and not is_due(kept.counted_at, kept.took, now=now):
        return False
    begun = monotonic()
    counted = count(session)
    queries.keep_headcount(
        session,
        {
            "counted_at": now,
            "took": timedelta(seconds=monotonic() - begun),
            "subscriptions": counted.subscriptions,
            "figures": heads.to_figures(counted.by_newsletter),
        },
    )
    return True


def is_due(counted_at: datetime, took: timedelta, *, now: datetime) -> bool:
    """Tell whether it is time to count again; a count of the future is a wrong clock's."""
    return not timedelta(0) <= now - counted_at < rest_after(took)


def rest_after(took: timedelta) -> timedelta:
    """Return how long nobody counts after a count, or a try, that took so long."""
    return max(SOONEST, REST * took)
