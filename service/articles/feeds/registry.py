"""What an operator does with a feed: poll it now, edit it, pause it, resume it, remove it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service.articles import placement_queries, queries
from service.articles.feeds.feed_url import parse_feed_address
from service.articles.feeds.poll import MIN_INTERVAL
from service.articles.find import get_feed_for_update, require_feed
from service.articles.read_models import FeedDetails
from service.jobs import outbox
from service.jobs.catalogue import POLL_FEED
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger
from service.kit.translatable import translatable

log = get_logger(__name__)

_UNREAD: dict[str, Any] = {
    "etag": None,
    "last_modified": None,
    "polled_at": None,
    "items": None,
    "newest_at": None,
    "failures": 0,
    "last_error": None,
    "remark": None,
}
"""The columns of a feed that was never polled."""


def poll_now(session: Session, feed_id: int, *, now: datetime) -> None:
    """Make a feed due immediately and enqueue its poll; resume a paused one. Raises NotFound."""
    require_feed(session, feed_id)
    queries.update_feed(session, feed_id, next_poll_at=now, paused_at=None)
    outbox.enqueue(session, POLL_FEED.name, {"feed_id": feed_id}, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """What an operator may change of a feed; without a section, articles name their own."""

    url: str
    section_key: str | None
    every: timedelta
    full_text: bool = False


def settings_of(feed: FeedDetails) -> FeedSettings:
    """Return the settings of a feed."""
    return FeedSettings(
        url=feed.url,
        section_key=feed.section_key,
        every=feed.every,
        full_text=feed.full_text,
    )


def edit(session: Session, feed_id: int, settings: FeedSettings, *, now: datetime) -> bool:
    """Change a feed; return False if that changes nothing.

    At another URL it is polled immediately, as if for the first time: what is old there is no news.
    A paused feed stays paused.

    Raises:
        NotFound: there is no such feed.
        OperationRefused: the URL is no web address, or holds credentials.
        Conflict: the newsletter has another feed with this URL.
    """
    feed = get_feed_for_update(session, feed_id)
    address = parse_feed_address(settings.url)
    wanted = replace(settings, url=address.url, every=max(settings.every, MIN_INTERVAL))
    if wanted == settings_of(feed):
        return False
    if queries.has_other_feed(
        session, newsletter_id=feed.newsletter_id, url=address.url, but=feed.id
    ):
        raise Conflict(translatable("feed.known"))
    due = min(feed.next_poll_at, now + wanted.every)
    queries.update_feed(session, feed_id, **asdict(wanted), next_poll_at=due)
    if address.url != feed.url:
        queries.update_feed(session, feed_id, kind=address.kind, next_poll_at=now, **_UNREAD)
        if feed.paused_at is None:
            outbox.enqueue(session, POLL_FEED.name, {"feed_id": feed_id}, now=now)
    log.info("feed.edited", feed=feed_id)
    return True


def pause(session: Session, feed_id: int, *, now: datetime) -> None:
    """Stop polling a feed until it is resumed. Raises NotFound."""
    require_feed(session, feed_id)
    queries.update_feed(session, feed_id, paused_at=now)
    log.info("feed.paused", feed=feed_id)


def is_named_by_rule(session: Session, feed_id: int) -> bool:
    """Return whether a section rule of its newsletter names the feed. Raises NotFound."""
    return placement_queries.has_rule_for_feed(session, require_feed(session, feed_id))


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
