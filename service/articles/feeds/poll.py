"""Poll due feeds: conditional requests, patience with failing sites, no flood at the start.

The network is asked between two short transactions, never inside one: the first claims the feed
for a while, so that two workers do not ask at once, the second stores what was learned.

What a feed lists that is old is stored as backlog (`service.articles.news`), so that neither the
first edition nor a relisted archive sends it.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from service.articles import find, queries, section_rules
from service.articles.feeds.limits import parse_within_limits
from service.articles.ingest import ArticleKind, FeedContext, IngestResult, IngestState, upsert_all
from service.articles.news import FeedHistory
from service.articles.parsed_article import ParsedFeed
from service.articles.tables import Article, Feed
from service.articles.urls import clean_url
from service.kit.clock import Clock
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, CrieurError, OperationRefused
from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.log import get_logger
from service.newsletters import catalogue

log = get_logger(__name__)

DEFAULT_INTERVAL = timedelta(minutes=5)
MIN_INTERVAL = timedelta(seconds=15)
MAX_QUIET_INTERVAL = timedelta(hours=1)
CLAIM_DURATION = timedelta(minutes=2)
_LONGEST_WAIT = timedelta(hours=24)
_LONGEST_ASKED = timedelta(days=7)
"""How long a site may ask to be left alone (Retry-After, RFC 9110, 10.2.3)."""
_MOST_FAILURES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll has brought; `error` is a sentence, or None when all went well."""

    new: int = 0
    # So many of the new ones are old: known from now on, and no news.
    archive: int = 0
    revised: int = 0
    items: int = 0
    # A sentence on a feed that could be read all the same.
    remark: str | None = None
    error: str | None = None


def add_feed(
    session: Session,
    url: str,
    *,
    newsletter_id: int,
    now: datetime,
    section_key: str | None = None,
    every: timedelta = DEFAULT_INTERVAL,
) -> int:
    """Poll an address for a newsletter from now on; returns the feed's id.

    Raises:
        Refused: the address is none.
        Conflict: the newsletter polls it already.
    """
    clean = clean_url(url)
    if clean is None:
        raise OperationRefused(f"{url[:200]!r} is not a web address; it must start with https://.")
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise OperationRefused("Web addresses with a user name or password in them are not read.")
    feed_id = queries.add_feed(
        session,
        newsletter_id=newsletter_id,
        url=clean,
        section_key=section_key,
        every=max(every, MIN_INTERVAL),
        next_poll_at=now,
        created_at=now,
    )
    if feed_id is None:
        raise Conflict("This newsletter polls that feed already: see 'crieur feed list'.")
    log.info("feed.added", feed=feed_id)
    return feed_id


def due_feeds(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Return the ids of feeds whose time has come."""
    return queries.due_feed_ids(session, now=now, limit=limit)


def poll_feed(
    begin: Begin,
    feed_id: int,
    *,
    clock: Clock,
    zone: tzinfo,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
) -> PollResult | None:
    """Ask one feed and take its articles in; None when it is not due (any more), or removed."""
    now = clock()
    with begin() as session:
        feed = queries.claim_feed(session, feed_id, now=now, until=now + CLAIM_DURATION)
    if feed is None:
        return None
    try:
        answer = fetch(
            feed.url,
            headers=_conditions(feed),
            allow_private=allow_private,
            ports=ports,
            cut=True,
        )
        if answer.status != 200:
            return _settle_without_news(begin, feed, answer, now=clock())
        read = _read(answer, zone=zone)
    except (FetchFailed, FetchRefused, OperationRefused) as error:
        return _fail(begin, feed, error, now=clock())
    with begin() as session:
        if not queries.lock_feed(session, feed.id):
            return None
        origin = _origin(session, feed)
        taken = upsert_all(session, read.stories, kind=ArticleKind.FEED, now=clock(), feed=origin)
        found = _found(read)
        _settle(session, feed, answer, found=found, fresh=_has_news(taken), now=clock())
    return PollResult(
        new=sum(each.state is IngestState.NEW for each in taken),
        archive=sum(each.state is IngestState.NEW and each.article.backlog for each in taken),
        items=len(read.stories),
        remark=read.remark,
        revised=sum(each.state is IngestState.REVISED for each in taken),
    )


def record_internal_error(begin: Begin, feed_id: int, why: str, *, now: datetime) -> None:
    """Count a fault of ours on a feed like one that cannot be read: it is asked later and later."""
    with begin() as session:
        feed = find.get_feed(session, feed_id)
    _fail(
        begin,
        feed,
        OperationRefused(f"Reading it failed by a fault of ours ({why}): see the log."),
        now=now,
    )


def probe_feed(
    begin: Begin,
    feed_id: int,
    *,
    clock: Clock,
    zone: tzinfo,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
) -> ParsedFeed:
    """Read a new feed to see what it is; nothing is taken in before its first poll.

    One that cannot be read is asked next when the site likes (Retry-After), or in a while.

    Raises:
        FetchFailed, FetchRefused, Refused: it cannot be read, which is kept with the feed.
    """
    with begin() as session:
        now = clock()
        # Nobody polls it meanwhile: a site that says "later" must not be asked twice at once.
        feed = queries.claim_feed(session, feed_id, now=now, until=now + CLAIM_DURATION)
        feed = feed or find.get_feed(session, feed_id)
    try:
        answer = fetch(
            feed.url, headers=_conditions(feed), allow_private=allow_private, ports=ports, cut=True
        )
        read = _read(answer, zone=zone) if answer.status == 200 else None
    except (FetchFailed, FetchRefused, OperationRefused) as error:
        _fail(begin, feed, error, now=clock())
        raise
    if read is None:
        polled = _settle_without_news(begin, feed, answer, now=clock())
        raise FetchFailed(polled.error or _no_feed(answer))
    with begin() as session:
        queries.update_feed(session, feed.id, title=read.title or feed.title, next_poll_at=clock())
    return read


def _read(answer: FetchedResponse, *, zone: tzinfo) -> ParsedFeed:
    return parse_within_limits(answer.body, url=answer.url, zone=zone, cut=answer.cut)


def _origin(session: Session, feed: Feed) -> FeedContext:
    """Return what a feed's articles are judged and filed by."""
    newsletter = catalogue.get_by_id(session, feed.newsletter_id)
    filer = section_rules.placer_for(session, newsletter)

    def file(article: Article) -> str | None:
        marks = section_rules.facts_of(
            article, filing_key=None, feed_id=feed.id, feed_section=feed.section_key
        )
        return filer.file(marks).section or feed.section_key or article.section_key

    items = feed.items if feed.items is not None else None if feed.polled_at is None else 0
    return FeedContext(
        feed_id=feed.id,
        newsletter_id=feed.newsletter_id,
        section_key=feed.section_key,
        before=FeedHistory(items=items, horizon=newsletter.horizon),
        file=file,
    )


def _found(read: ParsedFeed) -> dict[str, object]:
    """Return what a poll has found, for an operator to see."""
    dates = [at for story in read.stories if (at := story.published or story.updated)]
    told = {"items": len(read.stories), "newest_at": max(dates, default=None)}
    return {**told, "remark": read.remark, **({"title": read.title} if read.title else {})}


def _conditions(feed: Feed) -> dict[str, str]:
    accept = "application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5"
    asked = {"Accept": accept}
    if feed.etag:
        asked["If-None-Match"] = feed.etag
    if feed.last_modified:
        asked["If-Modified-Since"] = feed.last_modified
    return asked


def _settle_without_news(
    begin: Begin, feed: Feed, answer: FetchedResponse, *, now: datetime
) -> PollResult:
    if answer.status == 304:
        with begin() as session:
            _settle(session, feed, answer, found={}, fresh=False, now=now)
        return PollResult()
    if answer.status == 410:
        sentence = "The site says that this feed is gone for good (410)."
        with begin() as session:
            queries.update_feed(session, feed.id, paused_at=now, polled_at=now, last_error=sentence)
        log.warning("feed.paused", feed=feed.id)
        return PollResult(error=sentence)
    error = FetchFailed(_no_feed(answer))
    return _fail(begin, feed, error, now=now, after=_retry_after(answer, now=now))


def _no_feed(answer: FetchedResponse) -> str:
    return f"The site answered {answer.status} instead of a feed."


def _settle(
    session: Session,
    feed: Feed,
    answer: FetchedResponse,
    *,
    found: Mapping[str, object],
    fresh: bool,
    now: datetime,
) -> None:
    """Remember what to ask with next time, and when: sooner where there is news."""
    every = _next_interval(feed, fresh=fresh)
    moved = clean_url(answer.moved_to)
    if moved and queries.has_other_feed(
        session, newsletter_id=feed.newsletter_id, url=moved, but=feed.id
    ):
        moved = None
    queries.update_feed(
        session,
        feed.id,
        **found,
        url=moved or feed.url,
        etag=answer.headers.get("etag", feed.etag if answer.status == 304 else None),
        last_modified=answer.headers.get(
            "last-modified", feed.last_modified if answer.status == 304 else None
        ),
        polled_at=now,
        next_poll_at=now + every,
        failures=0,
        last_error=None,
    )
    log.info("feed.polled", feed=feed.id, status=answer.status)


def _next_interval(feed: Feed, *, fresh: bool) -> timedelta:
    # Quiet feeds are asked up to four times less often, within the hour; news resets that.
    if fresh or feed.polled_at is None:
        return feed.every
    last = feed.next_poll_at - CLAIM_DURATION - feed.polled_at
    return min(
        max(feed.every, last * 1.2), max(feed.every, min(feed.every * 4, MAX_QUIET_INTERVAL))
    )


def _fail(
    begin: Begin,
    feed: Feed,
    error: CrieurError,
    *,
    now: datetime,
    after: timedelta | None = None,
) -> PollResult:
    """Try again later, each time longer; the sentence is kept for the operator."""
    failures = feed.failures + 1
    backoff = min(feed.every * 2 ** min(failures, _MOST_FAILURES), _LONGEST_WAIT)
    wait = min(backoff * random.uniform(0.9, 1.1), _LONGEST_WAIT)  # noqa: S311  Only spreads requests.
    with begin() as session:
        queries.update_feed(
            session,
            feed.id,
            failures=failures,
            last_error=str(error),
            next_poll_at=now + max(wait, min(after or timedelta(0), _LONGEST_ASKED)),
        )
    # The console and `feed list` tell of it; a command says it itself.
    log.info("feed.failed", feed=feed.id, failures=failures, reason=str(error))
    return PollResult(error=str(error))


def _retry_after(answer: FetchedResponse, *, now: datetime) -> timedelta | None:
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return timedelta(seconds=min(int(told[:9]), 7 * 86_400))
    try:
        at = parsedate_to_datetime(told)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError):
        return None


def _has_news(taken: list[IngestResult]) -> bool:
    return any(each.state in {IngestState.NEW, IngestState.REVISED} for each in taken)
