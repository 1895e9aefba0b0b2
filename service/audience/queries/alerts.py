"""The SQL statements on readers who have chosen alerts."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Subscription


def count_readers(session: Session, newsletter_id: int, section_mask: int) -> int:
    """Count the active readers who have chosen alerts and one of these sections."""
    found = session.scalar(
        select(func.count()).where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.wants_alerts,
            func.coalesce(Subscription.section_mask, -1).op("&")(section_mask) != 0,
        )
    )
    return found or 0
