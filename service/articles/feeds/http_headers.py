"""The headers of a feed's conditional request, and the delay that a site asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from service.articles.tables import Feed
from service.kit.fetch import FetchedResponse


def request_headers(feed: Feed) -> dict[str, str]:
    """Return the headers of a conditional request (RFC 9110, 13) for a feed."""
    accept = "application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5"
    headers = {"Accept": accept}
    if feed.etag:
        headers["If-None-Match"] = feed.etag
    if feed.last_modified:
        headers["If-Modified-Since"] = feed.last_modified
    return headers


def retry_after(answer: FetchedResponse, *, now: datetime) -> timedelta | None:
    """Return the delay that a site asks for in Retry-After, in seconds or as a date; or None."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 7 * 86_400))
    try:
        at = parsedate_to_datetime(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError):
        return None
