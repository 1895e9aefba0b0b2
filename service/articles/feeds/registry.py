"""What an operator does with a feed: poll it now, pause it, resume it, remove it."""

from datetime import datetime

from service.articles import queries
from service.articles.find import require_feed
from service.jobs import outbox
from service.jobs.catalogue import POLL_FEED
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger
from service.kit.translatable import translatable

log = get_logger(__name__)


def poll_now(session: Session, feed_id: int, *, now: datetime) -> None:
    """Make a feed due immediately and enqueue its poll; resume a paused one. Raises NotFound."""
    require_feed(session, feed_id)
    queries.update_feed(session, feed_id, next_poll_at=now, paused_at=None)
    outbox.enqueue(session, POLL_FEED.name, {"feed_id": feed_id}, now=now)


def change_url(session: Session, feed_id: int, url: str, *, now: datetime) -> None:
    """Give a feed another URL, and poll it there immediately. Raises NotFound."""
    poll_now(session, feed_id, now=now)
    queries.update_feed(session, feed_id, url=url)


def pause(session: Session, feed_id: int, *, now: datetime) -> None:
    """Stop polling a feed until it is resumed. Raises NotFound."""
    require_feed(session, feed_id)
    queries.update_feed(session, feed_id, paused_at=now)
    log.info("feed.paused", feed=feed_id)


def is_named_by_rule(session: Session, feed_id: int) -> bool:
    """Return whether a section rule of its newsletter names the feed. Raises NotFound."""
    return queries.has_rule_for_feed(session, require_feed(session, feed_id))


def remove(session: Session, feed_id: int) -> str:
    """Remove a feed and return its URL; its articles stay in their sections.

    Raises:
        NotFound: there is no such feed.
        Conflict: a section rule names it.
    """
    feed = require_feed(session, feed_id)
    if is_named_by_rule(session, feed_id):
        raise Conflict(translatable("feed.in_a_rule", feed=str(feed_id)))
    queries.delete_feed(session, feed)
    log.info("feed.removed", feed=feed_id)
    return feed.url
