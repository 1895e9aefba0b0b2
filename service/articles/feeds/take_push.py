"""Take in what a hub has sent about a feed, like a poll's answer."""

from datetime import datetime, timedelta, tzinfo

from service.articles import queries
from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.store_items import NewsHandler, PollResult, store_items
from service.articles.websub import queries as websub_queries
from service.articles.websub.callback import poll_soon
from service.kit.clock import Clock
from service.kit.db import Begin, Session
from service.kit.errors import OperationRefused
from service.kit.log import get_logger

log = get_logger(__name__)

_LOST_AFTER = timedelta(seconds=10)


def waiting_pushes(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """Return the ids of pushed content whose job message must be lost, the oldest first."""
    return websub_queries.waiting_push_ids(session, before=now - _LOST_AFTER, limit=limit)


def take_push(
    begin: Begin,
    push_id: int,
    *,
    clock: Clock,
    zone: tzinfo,
    on_news: NewsHandler | None = None,
) -> PollResult | None:
    """Parse and store pushed content; None if it was taken in already, or nothing was stored.

    What is no feed is deleted, and the feed is polled soon; a paused feed takes nothing. A hub may
    send only the items that are new, so neither their number nor the newest date says anything of
    the feed. `zone` is the publication's, for dates without an offset. `on_news` is called with
    what is new.
    """
    with begin() as session:
        push = websub_queries.push_by_id(session, push_id)
        feed = queries.feed_by_id(session, push.feed_id) if push else None
    if push is None or feed is None:
        return None
    if feed.paused_at is not None:
        with begin() as session:
            drop_push(session, push_id, now=clock())
        return None
    try:
        parsed_feed = parse_within_limits(push.body, url=feed.url, zone=zone)
    except OperationRefused as error:
        log.info("websub.push_refused", feed=feed.id, reason=str(error))
        with begin() as session:
            drop_push(session, push_id, now=clock())
        return None
    with begin() as session:
        locked = websub_queries.push_by_id(session, push_id, lock=True)
        if locked is None or not queries.lock_feed(session, feed.id):
            return None
        stored = store_items(session, feed, parsed_feed, now=clock())
        if on_news is not None and stored.news:
            on_news(session, stored.news)
        websub_queries.delete_push(session, push_id)
    log.info("feed.pushed", feed=feed.id, items=stored.items)
    return stored


def drop_push(session: Session, push_id: int, *, now: datetime) -> None:
    """Delete pushed content that cannot be taken in, and poll its feed soon."""
    push = websub_queries.push_by_id(session, push_id)
    if push is not None:
        websub_queries.delete_push(session, push_id)
        poll_soon(session, push.feed_id, now=now)
