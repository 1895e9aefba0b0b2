"""What an operator may do to a feed: poll it now, pause it, go on, remove it."""

from datetime import datetime

from service.articles import queries
from service.articles.find import get_feed as find_feed
from service.jobs import outbox
from service.jobs.catalogue import POLL_FEED
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger

log = get_logger(__name__)


def poll_now(session: Session, feed_id: int, *, now: datetime) -> None:
    """Make a feed due at once and ring for it; raise NotFound. A paused feed goes on."""
    find_feed(session, feed_id)
    queries.update_feed(session, feed_id, next_poll_at=now, paused_at=None)
    outbox.enqueue(session, POLL_FEED.name, {"feed_id": feed_id}, now=now)


def pause(session: Session, feed_id: int, *, now: datetime) -> None:
    """Ask this feed no more until it is resumed; raise NotFound."""
    find_feed(session, feed_id)
    queries.update_feed(session, feed_id, paused_at=now)
    log.info("feed.paused", feed=feed_id)


def is_named_by_rule(session: Session, feed_id: int) -> bool:
    """Tell whether a section rule of its newsletter names the feed; raise NotFound."""
    return queries.has_rule_for_feed(session, find_feed(session, feed_id))


def remove(session: Session, feed_id: int) -> str:
    """Forget a feed, and return its address; its articles stay, in the sections they are in.

    Raises:
        NotFound: there is no such feed.
        Conflict: a section rule names it, and would be about nothing.
    """
    feed = find_feed(session, feed_id)
    if is_named_by_rule(session, feed_id):
        raise Conflict(f"A section rule names the feed {feed_id}: remove the rule first.")
    queries.delete_feed(session, feed)
    log.info("feed.removed", feed=feed_id)
    return feed.url
