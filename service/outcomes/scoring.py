"""Pure: when soft bounces count against a reader.

One full mailbox or one bad day of a receiver says nothing. An address that bounced softly on
several days over more than a week, and lately, is one that nobody reads.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

DAYS = 3
SPAN = timedelta(days=7)
LOOK_BACK = timedelta(days=60)


def is_worn_out(bounces: Sequence[datetime], *, now: datetime) -> bool:
    """Say whether soft bounces at these instants are enough to stop writing."""
    recent = [at for at in bounces if now - LOOK_BACK <= at <= now]
    if len({at.date() for at in recent}) < DAYS:
        return False
    return max(recent) - min(recent) >= SPAN
