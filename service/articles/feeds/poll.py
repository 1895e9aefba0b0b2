"""Poll due feeds: conditional requests, back-off for failing sites, no flood at the start.

The request is made between two short transactions, never inside one: the first claims the feed
for a while, so that two workers do not poll it concurrently; the second stores the result.

Old items are stored as backlog (`service.articles.news`), so that neither the first edition nor a
relisted archive sends them.
"""

import random
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
from http import HTTPStatus

from service.articles import find, queries
from service.articles.feed_kind import FeedKind
from service.articles.feeds.feed_url import parse_feed_address
from service.articles.feeds.read_feed import read_feed
from service.articles.feeds.store_items import NewsHandler, PollResult, store_items
from service.articles.parsed_article import ParsedFeed
from service.articles.tables import Feed
from service.articles.urls import clean_url
from service.articles.websub.want_subscription import (
    find_hub,
    is_pushed,
    record_poll,
    want_subscription,
)
from service.kit.clock import Clock
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, CrieurError, OperationRefused
from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.http_headers import retry_after
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage, translatable

log = get_logger(__name__)

DEFAULT_INTERVAL = timedelta(minutes=5)
MIN_INTERVAL = timedelta(seconds=15)
MAX_QUIET_INTERVAL = timedelta(hours=1)
PUSHED_INTERVAL = timedelta(hours=1)
"""Of a feed whose hub sends what is new: polls only find what the hub has lost."""
CLAIM_DURATION = timedelta(minutes=2)
_MAX_BACKOFF = timedelta(hours=24)
_MAX_RETRY_AFTER = timedelta(days=7)
"""Longest Retry-After of a site that is obeyed (RFC 9110, 10.2.3)."""
_MAX_DOUBLINGS = 10


def add_feed(  # noqa: PLR0913  The columns of a feed are named by its caller.
    session: Session,
    url: str,
    *,
    newsletter_id: int,
    now: datetime,
    section_key: str | None = None,
    every: timedelta = DEFAULT_INTERVAL,
    full_text: bool = False,
) -> int:
    """Add a feed to a newsletter, due immediately; return the feed's id.

    An address in WordPress's REST API is read as such. With `full_text`, the texts of articles of
    which it has only a teaser are taken from their pages.

    Raises:
        OperationRefused: `url` is no web address, or holds credentials.
        Conflict: the newsletter polls it already.
    """
    address = parse_feed_address(url)
    feed_id = queries.add_feed(
        session,
        newsletter_id=newsletter_id,
        url=address.url,
        kind=address.kind,
        section_key=section_key,
        every=max(every, MIN_INTERVAL),
        full_text=full_text,
        next_poll_at=now,
        created_at=now,
    )
    if feed_id is None:
        raise Conflict(translatable("feed.known"))
    log.info("feed.added", feed=feed_id)
    return feed_id


def due_feeds(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Return the ids of feeds that are due, the longest overdue first."""
    return queries.due_feed_ids(session, now=now, limit=limit)


def poll_feed(  # noqa: PLR0913  Every fact is a named argument.
    begin: Begin,
    feed_id: int,
    *,
    clock: Clock,
    zone: tzinfo,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
    on_news: NewsHandler | None = None,
) -> PollResult | None:
    """Poll one feed and store its articles; None if it is not due (any more), or was removed.

    `zone` is the publication's, for dates without an offset. `on_news` is called with what is new.
    Failures are recorded, not raised.
    """
    now = clock()
    with begin() as session:
        feed = queries.claim_feed(session, feed_id, now=now, until=now + CLAIM_DURATION)
    if feed is None:
        return None
    get = partial(fetch, allow_private=allow_private, ports=ports, cut=True)
    try:
        reading = read_feed(feed, get, zone=zone)
    except (FetchFailed, FetchRefused, OperationRefused) as error:
        return _store_failure(begin, feed, error, now=clock())
    answer, parsed_feed = reading.answer, reading.feed
    if parsed_feed is None:
        return _store_without_articles(begin, feed, answer, now=clock())
    with begin() as session:
        if not queries.lock_feed(session, feed.id):
            return None
        stored = store_items(session, feed, parsed_feed, now=clock())
        if on_news is not None and stored.news:
            on_news(session, stored.news)
        found = _found_columns(feed, replace(parsed_feed, remark=stored.remark))
        want_subscription(session, feed.id, find_hub(answer, parsed_feed), now=clock())
        record_poll(session, feed.id, has_news=stored.new > stored.archive)
        _store_success(session, feed, answer, found=found, fresh=stored.has_news, now=clock())
    return stored


def record_internal_error(begin: Begin, feed_id: int, why: str, *, now: datetime) -> None:
    """Record an internal error like a failed poll, so that the feed is polled less and less often.

    `why` names the error for the operator.
    """
    with begin() as session:
        feed = find.require_feed(session, feed_id)
    _store_failure(
        begin,
        feed,
        OperationRefused(translatable("feed.failed", why=why)),
        now=now,
    )


def record_unread(
    session: Session, feed_id: int, answer: FetchedResponse | CrieurError, *, now: datetime
) -> None:
    """Record why a new feed could not be read when it was added, like a failed poll.

    `answer` is one without a feed, or the error. The feed is polled next after the site's
    Retry-After, or after the back-off.
    """
    feed = find.require_feed(session, feed_id)
    if isinstance(answer, CrieurError):
        _store_failure(lambda: nullcontext(session), feed, answer, now=now)
    else:
        _store_without_articles(lambda: nullcontext(session), feed, answer, now=now)


def _found_columns(feed: Feed, parsed_feed: ParsedFeed) -> dict[str, object]:
    """Return the columns that tell an operator what a poll has found."""
    articles = parsed_feed.articles
    dates = [at for each in articles if (at := each.published or each.updated)]
    if feed.kind == FeedKind.WORDPRESS:
        dates += [each.updated for each in articles if each.updated]
        dates += [feed.newest_at] if feed.newest_at else []
    return {
        "items": len(articles),
        "newest_at": max(dates, default=None),
        "remark": parsed_feed.remark,
        **({"title": parsed_feed.title} if parsed_feed.title else {}),
    }


def _store_without_articles(
    begin: Begin, feed: Feed, answer: FetchedResponse, *, now: datetime
) -> PollResult:
    if answer.status == HTTPStatus.NOT_MODIFIED:
        with begin() as session:
            _store_success(session, feed, answer, found={}, fresh=False, now=now)
        return PollResult()
    if answer.status == HTTPStatus.GONE:
        message = translatable("feed.gone")
        with begin() as session:
            queries.update_feed(session, feed.id, paused_at=now, polled_at=now, last_error=message)
        log.warning("feed.paused", feed=feed.id)
        return PollResult(error=message)
    error = FetchFailed(_no_feed(answer))
    return _store_failure(begin, feed, error, now=now, after=retry_after(answer, now=now))


def _no_feed(answer: FetchedResponse) -> TranslatableMessage:
    return translatable("feed.status", status=str(answer.status))


def _store_success(
    session: Session,
    feed: Feed,
    answer: FetchedResponse,
    *,
    found: Mapping[str, object],
    fresh: bool,
    now: datetime,
) -> None:
    """Store the headers for the next request, and when it is due: sooner if there is news."""
    every = _next_interval(feed, fresh=fresh)
    if is_pushed(session, feed.id, now=now):
        every = max(every, PUSHED_INTERVAL)
    moved = clean_url(answer.moved_to, keep_origin=True)
    if moved and queries.has_other_feed(
        session, newsletter_id=feed.newsletter_id, url=moved, but=feed.id
    ):
        moved = None
    queries.update_feed(
        session,
        feed.id,
        **found,
        url=moved or feed.url,
        etag=answer.headers.get(
            "etag", feed.etag if answer.status == HTTPStatus.NOT_MODIFIED else None
        ),
        last_modified=answer.headers.get(
            "last-modified",
            feed.last_modified if answer.status == HTTPStatus.NOT_MODIFIED else None,
        ),
        polled_at=now,
        next_poll_at=now + every,
        failures=0,
        last_error=None,
    )
    log.info("feed.polled", feed=feed.id, status=answer.status)


def _next_interval(feed: Feed, *, fresh: bool) -> timedelta:
    # Quiet feeds are polled up to four times less often, within the hour; news resets that.
    if fresh or feed.polled_at is None:
        return feed.every
    last = feed.next_poll_at - CLAIM_DURATION - feed.polled_at
    return min(
        max(feed.every, last * 1.2), max(feed.every, min(feed.every * 4, MAX_QUIET_INTERVAL))
    )


def _store_failure(
    begin: Begin,
    feed: Feed,
    error: CrieurError,
    *,
    now: datetime,
    after: timedelta | None = None,
) -> PollResult:
    """Schedule the next try, later each time, and store the message for the operator."""
    failures = feed.failures + 1
    backoff = min(feed.every * 2 ** min(failures, _MAX_DOUBLINGS), _MAX_BACKOFF)
    wait = min(backoff * random.uniform(0.9, 1.1), _MAX_BACKOFF)  # noqa: S311  Only spreads requests.
    with begin() as session:
        queries.update_feed(
            session,
            feed.id,
            failures=failures,
            last_error=error.message,
            next_poll_at=now + max(wait, min(after or timedelta(0), _MAX_RETRY_AFTER)),
        )
    # The console and `feed list` show it; a command prints it itself.
    log.info("feed.failed", feed=feed.id, failures=failures, reason=str(error))
    return PollResult(error=error.message)
