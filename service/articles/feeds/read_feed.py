"""Read what a feed's address lists now, whatever its kind; no transaction may be open meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from http import HTTPStatus

from service.articles.feed_kind import FeedKind
from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.sitemap_index import follow_index
from service.articles.parsed_article import ParsedFeed
from service.articles.tables import Feed
from service.articles.wordpress.address import PostsApi, find_api
from service.articles.wordpress.read_posts import ApiClosed, read_posts
from service.kit.errors import CrieurError, OperationRefused
from service.kit.fetch import FetchedResponse
from service.kit.http_headers import conditional_headers
from service.kit.translatable import translatable

Fetch = Callable[..., FetchedResponse]
"""`service.kit.fetch.fetch` with the settings' limits."""
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5"
_JSON = {"Accept": "application/json"}
_VALIDATORS = frozenset({"etag", "last-modified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """An answer of any status, and what it lists; `feed` is None if its status is not 200."""

    answer: FetchedResponse
    feed: ParsedFeed | None


def read_feed(feed: Feed, get: Fetch, *, zone: tzinfo) -> FeedReading:
    """Fetch and parse what a feed lists; times without an offset are in `zone`.

    Raises:
        FetchFailed, FetchRefused: there is no answer.
        OperationRefused: the answer is no feed; the message says what it appears to be.
    """
    api = find_api(feed.url) if feed.kind == FeedKind.WORDPRESS else None
    if api is not None:
        return _read_wordpress(feed, api, get, zone=zone)
    headers = conditional_headers(accept=_ACCEPT, etag=feed.etag, last_modified=feed.last_modified)
    answer = get(feed.url, headers=headers)
    if answer.status != HTTPStatus.OK:
        return FeedReading(answer=answer, feed=None)
    found = follow_index(_parse(answer, zone=zone), zone=zone, get=get)
    # An index may stay as it is while the sitemaps change that it lists.
    return FeedReading(answer=_without_validators(answer) if found.parts else answer, feed=found)


def _read_wordpress(feed: Feed, api: PostsApi, get: Fetch, *, zone: tzinfo) -> FeedReading:
    """Read the posts that are new; of a site whose API is closed, the feed that it has, too."""
    try:
        reading = read_posts(
            api,
            lambda url, timeout: get(url, headers=_JSON, timeout=timeout),
            since=_newest_known(feed),
        )
    except ApiClosed as closed:
        return _read_instead(api, closed, get, zone=zone)
    # Its address has the parameters of this request.
    answer = replace(_without_validators(reading.answer), moved_to=None)
    return FeedReading(answer=answer, feed=reading.posts)


def _newest_known(feed: Feed) -> datetime | None:
    # A post may be dated in the future.
    if feed.newest_at is None or feed.polled_at is None:
        return None
    return min(feed.newest_at, feed.polled_at)


def _read_instead(api: PostsApi, closed: ApiClosed, get: Fetch, *, zone: tzinfo) -> FeedReading:
    try:
        answer = get(api.feed_url)
        if answer.status != HTTPStatus.OK:
            raise OperationRefused(translatable("feed.status", status=str(answer.status)))
        found = _parse(answer, zone=zone)
    except CrieurError as error:
        raise OperationRefused(
            translatable(
                "wordpress.neither", reason=closed.reason, url=api.feed_url, problem=error.message
            )
        ) from error
    remark = translatable("wordpress.feed_instead", reason=closed.reason, url=api.feed_url)
    answer = replace(_without_validators(answer), moved_to=None)
    return FeedReading(answer=answer, feed=replace(found, remark=remark))


def _without_validators(answer: FetchedResponse) -> FetchedResponse:
    """Return the answer without what the next poll of the same address would repeat."""
    headers = {name: told for name, told in answer.headers.items() if name not in _VALIDATORS}
    return replace(answer, headers=headers)


def _parse(answer: FetchedResponse, *, zone: tzinfo) -> ParsedFeed:
    return parse_within_limits(answer.body, url=answer.url, zone=zone, cut=answer.cut)
