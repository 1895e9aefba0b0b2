"""What a hub says at our callback: that it verifies a request, that it denies, what is new.

The token in the callback's address is known to the hub only. A request counts only if we asked for
it, for that topic; a hub's word for anything else is answered as an address that does not exist.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from service.articles import queries as article_queries
from service.articles.lifecycle import HubSubscriptionState
from service.articles.tables import HubSubscription
from service.articles.websub import queries
from service.articles.websub.ask_hub import deny, end
from service.articles.websub.signature import is_signed
from service.jobs import outbox
from service.jobs.catalogue import POLL_FEED, TAKE_PUSH
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

MIN_LEASE, MAX_LEASE = timedelta(minutes=5), timedelta(days=60)
_RENEW_AT = 0.8
"""The part of a lease after which it is renewed."""

MAX_WAITING_PUSHES = 10
"""Contents of one feed that wait; what comes meanwhile is found by a poll."""

_SUBSCRIBED = frozenset({HubSubscriptionState.REQUESTED, HubSubscriptionState.ACTIVE})
_LEFT = frozenset({HubSubscriptionState.LEAVING, HubSubscriptionState.ENDED})
_MAX_DIGITS = 10


def verify_intent(
    session: Session,
    token: str,
    *,
    mode: str,
    topic: str,
    lease_seconds: str,
    now: datetime,
) -> bool:
    """Return whether a hub's request is what we asked for (WebSub, 5.2 and 5.3), and take it.

    `lease_seconds` is the hub's text; without a number the shortest lease counts.
    """
    row = queries.subscription_by_token(session, token, lock=True)
    if row is None or topic != row.topic_url:
        return False
    if mode == "subscribe" and row.state in _SUBSCRIBED and row.feed_id is not None:
        _activate(row, lease=_lease(lease_seconds), now=now)
    elif mode == "unsubscribe" and row.state in _LEFT:
        if row.state is HubSubscriptionState.LEAVING:
            end(row)
    elif mode == "denied" and row.state in _SUBSCRIBED:
        deny(row, now=now)
        _poll_normally(session, row, now=now)
    else:
        return False
    log.info("websub.verified", subscription=row.id, mode=mode)
    return True


class PushResult(StrEnum):
    """What became of content that came to a callback."""

    TAKEN = "taken"
    IGNORED = "ignored"
    """Its signature is missing or wrong."""
    GONE = "gone"
    """We have left the hub."""
    UNKNOWN = "unknown"


def receive_push(
    session: Session, token: str, body: bytes, *, signature: str, now: datetime
) -> PushResult:
    """Store what a hub sends about a feed, and enqueue its job; what is not signed is ignored."""
    row = queries.subscription_by_token(session, token)
    if row is None:
        return PushResult.UNKNOWN
    if row.state not in _SUBSCRIBED or row.feed_id is None:
        return PushResult.GONE
    if not is_signed(body, signature, secret=row.secret):
        log.warning("websub.signature_invalid", subscription=row.id)
        return PushResult.IGNORED
    row.silent_polls = 0
    if body.strip() and queries.count_pushes(session, row.feed_id) < MAX_WAITING_PUSHES:
        push_id = queries.add_push(session, feed_id=row.feed_id, body=body, now=now)
        outbox.enqueue(session, TAKE_PUSH.name, {TAKE_PUSH.id_name: push_id}, now=now)
    else:
        # A hub may only say that something is new.
        poll_soon(session, row.feed_id, now=now)
    return PushResult.TAKEN


def poll_soon(session: Session, feed_id: int, *, now: datetime) -> None:
    """Make a feed due, unless it is paused."""
    feed = article_queries.feed_by_id(session, feed_id)
    if feed is not None and feed.paused_at is None:
        article_queries.update_feed(session, feed_id, next_poll_at=now)
        outbox.enqueue_once(session, POLL_FEED.name, {POLL_FEED.id_name: feed_id}, now=now)


def _activate(row: HubSubscription, *, lease: timedelta, now: datetime) -> None:
    if row.state is HubSubscriptionState.REQUESTED:
        row.state = HubSubscriptionState.ACTIVE
    row.lease_ends_at, row.next_try_at = now + lease, now + lease * _RENEW_AT
    row.tries = 0


def _lease(told: str) -> timedelta:
    is_number = told.isascii() and told.isdigit() and len(told) <= _MAX_DIGITS
    return max(MIN_LEASE, min(timedelta(seconds=int(told)), MAX_LEASE)) if is_number else MIN_LEASE


def _poll_normally(session: Session, row: HubSubscription, *, now: datetime) -> None:
    """Poll a feed as often as before its hub promised to send what is new."""
    feed = article_queries.feed_by_id(session, row.feed_id) if row.feed_id else None
    if feed is not None:
        due = min(feed.next_poll_at, now + feed.every)
        article_queries.update_feed(session, feed.id, next_poll_at=due)
