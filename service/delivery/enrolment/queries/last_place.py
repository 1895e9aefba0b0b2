"""SQL expressions for readers who have had no edition yet of the series that they leave."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from service.audience.lifecycle import SubscriptionState
from service.audience.queries.frequency import since as owed_since
from service.audience.tables import Subscription
from service.delivery.tables import Delivery
from service.editions.catch_up import BEFORE_ALL
from service.editions.series_queries import in_series, is_closed
from service.editions.tables import Edition
from service.newsletters.frequency import Frequency


def have_not_left() -> ColumnElement[bool]:
    """Return the readers who are, or may become, active."""
    return Subscription.state != SubscriptionState.ENDED


def last_place(
    newsletter_id: int, frequency: Frequency, *, since: datetime
) -> ColumnElement[int | None]:
    """Return after which edition a reader is owed the next one; None for a reader without a past.

    It is the later one of the last edition of any series that they were sent since an instant, and
    of the last edition of the new series that ended before they joined.
    """
    sent = and_(
        Edition.frozen_at > since,
        # What belongs to no series has closed no window.
        Edition.frequency.is_not(None),
        select(Delivery.edition_id)
        .where(
            Delivery.edition_id == Edition.id,
            Delivery.subscriber_id == Subscription.subscriber_id,
        )
        # Two levels up: SQLAlchemy finds only the next one by itself.
        .correlate(Edition, Subscription)
        .exists(),
    )
    is_active = Subscription.state == SubscriptionState.ACTIVE
    ended_before = and_(
        is_active,
        in_series(newsletter_id, frequency),
        is_closed(),
        Edition.window_to <= owed_since(),
    )
    found = (
        select(Edition.id)
        .where(Edition.newsletter_id == newsletter_id, or_(sent, ended_before))
        .order_by(Edition.window_to.desc(), Edition.id.desc())
        .limit(1)
        .correlate(Subscription)
        .scalar_subquery()
    )
    has_begun = select(Edition.id).where(in_series(newsletter_id, frequency), is_closed()).exists()
    return func.coalesce(found, case((and_(is_active, has_begun), BEFORE_ALL), else_=None))
