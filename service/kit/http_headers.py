"""The headers of a conditional request, and the delay that a site asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from service.kit.fetch import FetchedResponse


def conditional_headers(
    *, accept: str, etag: str | None, last_modified: str | None
) -> dict[str, str]:
    """Return the headers of a request for what has changed (RFC 9110, 13).

    `etag` and `last_modified` are those of the last answer; None if it had none.
    """
    headers = {"Accept": accept}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
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
