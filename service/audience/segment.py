"""The list of readers, in pages."""

from dataclasses import dataclass
from datetime import datetime

from service.audience import queries
from service.audience.lifecycle import State
from service.kit.db import Session
from service.kit.paging import Page, page_of

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One line of a list of readers."""

    subscription_id: int
    subscriber_id: int
    newsletter_id: int
    address: str
    state: State
    section_mask: int | None
    since: datetime
    suppressed_because: str | None


def page(
    session: Session,
    *,
    newsletter_id: int | None = None,
    state: State | None = None,
    search: str = "",
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> Page[Reader]:
    """Return readers, the newest first; `after` is the key that the previous page ended with."""
    rows = queries.reader_page(
        session,
        conditions=queries.reader_conditions(
            newsletter_id=newsletter_id, state=state, search=search.strip()
        ),
        before_id=after,
        limit=size + 1,
    )
    readers = [
        Reader(
            subscription_id=subscription.id,
            subscriber_id=subscriber.id,
            newsletter_id=subscription.newsletter_id,
            address=subscriber.address or "",
            state=State(subscription.state),
            section_mask=subscription.section_mask,
            since=subscription.confirmed_at or subscription.requested_at,
            suppressed_because=reason,
        )
        for subscription, subscriber, reason in rows
    ]
    return page_of(readers, [each.subscription_id for each in readers], size=size)
