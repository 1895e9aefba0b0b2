"""Pure: when repeated soft bounces count against a reader.

One full mailbox, or one bad day of a mailbox provider, says nothing. An address that soft-bounced
on several days over more than a week, and recently, has no reader any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

MIN_DAYS = 3
MIN_SPAN = timedelta(days=7)
LOOKBACK = timedelta(days=60)


def has_repeated_soft_bounces(bounces: Sequence[datetime], *, now: datetime) -> bool:
    """Return whether soft bounces at these times (aware) are enough to suppress an address."""
    recent = [at for at in bounces if now - LOOKBACK <= at <= now]
    if len({at.date() for at in recent}) < MIN_DAYS:
        return False
    return max(recent) - min(recent) >= MIN_SPAN
