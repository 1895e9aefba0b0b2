"""Every SQL statement about hub subscriptions and what hubs have sent."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from service.articles.lifecycle import HubSubscriptionState
from service.articles.tables import Feed, HubSubscription, PushedContent

_KEPT = (HubSubscriptionState.REQUESTED, HubSubscriptionState.ACTIVE)


def add_subscription(session: Session, row: HubSubscription) -> None:
    """Insert a subscription."""
    session.add(row)
    session.flush()


def subscription_of_feed(session: Session, feed_id: int) -> HubSubscription | None:
    """Return a feed's subscription, locked; None if it has none."""
    return session.scalar(
        select(HubSubscription).where(HubSubscription.feed_id == feed_id).with_for_update()
    )


def subscription_by_id(session: Session, subscription_id: int) -> HubSubscription | None:
    """Return a subscription, locked; None if it is gone or another process has it."""
    return session.scalar(
        select(HubSubscription)
        .where(HubSubscription.id == subscription_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def subscription_by_token(
    session: Session, token: str, *, lock: bool = False
) -> HubSubscription | None:
    """Return the subscription that a callback's token belongs to, or None."""
    statement = select(HubSubscription).where(HubSubscription.token == token)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def due_subscription_ids(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return subscriptions that something is to be done about: ask, renew, try again, leave."""
    statement = (
        select(HubSubscription.id)
        .outerjoin(Feed, Feed.id == HubSubscription.feed_id)
        .where(or_(HubSubscription.next_try_at <= now, _is_unwanted()))
        .order_by(HubSubscription.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def _is_unwanted() -> ColumnElement[bool]:
    """Return the condition that a subscription is kept though its feed is removed or paused."""
    unwanted = or_(HubSubscription.feed_id.is_(None), Feed.paused_at.is_not(None))
    return and_(HubSubscription.state.in_(_KEPT), unwanted)


def is_live(session: Session, feed_id: int, *, now: datetime, max_silent_polls: int) -> bool:
    """Return whether a hub sends a feed's news: its lease runs, and polls find nothing first."""
    statement = select(HubSubscription.id).where(
        HubSubscription.feed_id == feed_id,
        HubSubscription.state == HubSubscriptionState.ACTIVE,
        HubSubscription.lease_ends_at > now,
        HubSubscription.silent_polls < max_silent_polls,
    )
    return session.scalar(statement) is not None


def states_of_feeds(session: Session, feed_ids: Collection[int]) -> dict[int, HubSubscriptionState]:
    """Return the states of feeds' subscriptions, by the feeds' ids."""
    statement = select(HubSubscription.feed_id, HubSubscription.state).where(
        HubSubscription.feed_id.in_(feed_ids)
    )
    return {int(row.feed_id or 0): row.state for row in session.execute(statement)}


def add_push(session: Session, *, feed_id: int, body: bytes, now: datetime) -> int:
    """Store what a hub has sent; return its id."""
    row = PushedContent(feed_id=feed_id, body=body, received_at=now)
    session.add(row)
    session.flush()
    return row.id


def count_pushes(session: Session, feed_id: int) -> int:
    """Return how much of a feed's pushed content waits."""
    statement = select(func.count()).where(PushedContent.feed_id == feed_id)
    return session.scalar(statement) or 0


def waiting_push_ids(session: Session, *, before: datetime, limit: int) -> list[int]:
    """Return pushed content that has waited since `before`, the oldest first."""
    statement = (
        select(PushedContent.id)
        .where(PushedContent.received_at <= before)
        .order_by(PushedContent.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def push_by_id(session: Session, push_id: int, *, lock: bool = False) -> PushedContent | None:
    """Return pushed content; None if it was taken in, or with `lock` another process has it."""
    statement = select(PushedContent).where(PushedContent.id == push_id)
    if lock:
        statement = statement.with_for_update(skip_locked=True)
    return session.scalar(statement)


def delete_push(session: Session, push_id: int) -> None:
    """Delete pushed content."""
    session.execute(delete(PushedContent).where(PushedContent.id == push_id))
