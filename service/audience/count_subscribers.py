"""Count subscribers: on each request while they are few, in the background when they are many.

Ten million rows take seconds to count, and the cost of a page must not depend on the audience. The
scheduler counts in its own rhythm (`service/scheduler/recount.py`) and stores the result.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from time import monotonic

from service.audience import subscriber_counts
from service.audience.queries import subscriber_counts as queries
from service.audience.section_selection import bit_mask
from service.audience.subscriber_counts import ChoiceCounts, SubscriberCounts
from service.kit.db import Session

LARGE_AUDIENCE = 100_000
"""Subscriptions from which pages show the stored counts; fewer take 30 ms to count."""

MIN_PAUSE = timedelta(seconds=10)
PAUSE_FACTOR = 50
"""The pause as a multiple of the last count's duration: counting takes at most 2 % of the time."""


def current_counts(session: Session) -> SubscriberCounts:
    """Return the stored counts of a large audience, or count a small one now."""
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


def count_choices(session: Session, newsletter_id: int) -> ChoiceCounts:
    """Count who would get a newsletter now, without suppressed readers.

    A million readers take half a second.
    """
    return ChoiceCounts(rows=tuple(queries.count_choices(session, newsletter_id)))


def count_emptied_choices(
    session: Session, newsletter_id: int, *, before: Iterable[int], after: Iterable[int]
) -> int:
    """Return how many active readers chose only sections that a newsletter no longer has.

    `before` and `after` are the bits of its sections. Such a reader receives no edition.
    """
    return queries.count_emptied_choices(
        session, newsletter_id, before=bit_mask(before), after=bit_mask(after)
    )


def refresh_counts(session: Session, *, now: datetime) -> bool:
    """Count and store the result; False if it is not due yet or another process is counting."""
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
    """Return whether the counts are too old; a count from the future came from a wrong clock."""
    return not timedelta(0) <= now - counted_at < pause_after(took)


def pause_after(took: timedelta) -> timedelta:
    """Return the pause after a count, or an attempt, that took this long."""
    return max(MIN_PAUSE, PAUSE_FACTOR * took)
