"""Lists of readers, page by page."""

from dataclasses import dataclass
from datetime import datetime

from service.audience import queries
from service.audience.lifecycle import SubscriptionState
from service.kit.db import Session
from service.kit.paging import KeysetPage, make_page

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderListItem:
    """One subscription in a list of readers."""

    subscription_id: int
    subscriber_id: int
    newsletter_id: int
    address: str
    state: SubscriptionState
    section_mask: int | None
    since: datetime
    suppressed_because: str | None


def list_readers(
    session: Session,
    *,
    newsletter_id: int | None = None,
    state: SubscriptionState | None = None,
    search: str = "",
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> KeysetPage[ReaderListItem]:
    """Return readers, the newest first; `after` is the last key of the previous page."""
    rows = queries.reader_page(
        session,
        conditions=queries.reader_conditions(
            newsletter_id=newsletter_id, state=state, search=search.strip()
        ),
        before_id=after,
        limit=size + 1,
    )
    readers = [
        ReaderListItem(
            subscription_id=subscription.id,
            subscriber_id=subscriber.id,
            newsletter_id=subscription.newsletter_id,
            address=subscriber.address or "",
            state=subscription.state,
            section_mask=subscription.section_mask,
            since=subscription.confirmed_at or subscription.requested_at,
            suppressed_because=reason,
        )
        for subscription, subscriber, reason in rows
    ]
    return make_page(readers, [each.subscription_id for each in readers], size=size)
