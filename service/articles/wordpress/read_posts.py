"""Ask WordPress's REST API for the posts that are new or changed, page by page, within limits.

Two lists are needed: a post that was written yesterday and scheduled for this morning is new by its
date only, because WordPress does not touch the time of change when it publishes it; a correction is
new by its time of change only. The API sends no validators, so both lists begin a while before the
newest that is known; what comes again changes nothing.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from service.articles.parsed_article import ParsedFeed
from service.articles.parsing.timestamps import parse_timestamp
from service.articles.wordpress.address import PostsApi, add_query
from service.articles.wordpress.parse_posts import parse_posts
from service.kit.errors import OperationRefused
from service.kit.fetch import FetchedResponse
from service.kit.fetch_guard import FetchFailed
from service.kit.sandbox import SandboxLimitError, sandboxed
from service.kit.translatable import translatable

Get = Callable[[str, timedelta], FetchedResponse]
"""Asks for an address, and waits for the answer as long as is said."""

POSTS_PER_PAGE = 25
MAX_PAGES = 6
"""Of each list; a site that has changed more posts since the last poll was edited in bulk."""
FIRST_PAGES = 2
"""Of a site that is read for the first time."""

DEADLINE = timedelta(seconds=60)
_ANSWER_TIMEOUT = timedelta(seconds=20)

DATE_OVERLAP = timedelta(hours=6)
"""WordPress publishes what is scheduled when the next visitor comes, which may be hours late."""
CHANGE_OVERLAP = timedelta(hours=1)
"""For clocks that differ, and answers that a cache has kept."""

_FULL_PARSE_SECONDS, _FALLBACK_SECONDS = 1.5, 0.5
_FIELDS = (
    "id,guid,status,date_gmt,modified_gmt,link,title,excerpt,content,categories,tags,author,"
    "featured_media,_links,_embedded"
)
_EMBEDDED = "wp:term,author,wp:featuredmedia"
_NEXT_PAGE = re.compile(r";\s*rel=\"?next\b", re.IGNORECASE)
_CLOSED_STATUSES = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
)
_CHANGED = re.compile(rb"\"modified_gmt\"\s{0,9}:\s{0,9}\"([0-9T:-]{19})\"")
_MAX_ERROR_LENGTH = 20_000
_ERROR_CODE = re.compile(r"\w{1,60}")


class ApiClosed(OperationRefused):
    """The site has no REST API for visitors; `reason` is its status or error code."""

    def __init__(self, reason: str) -> None:
        super().__init__(translatable("wordpress.closed", reason=reason))
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsReading:
    """The posts, and the first answer; `posts` is None if that is an error that may pass."""

    answer: FetchedResponse
    posts: ParsedFeed | None


def read_posts(
    api: PostsApi, get: Get, *, since: datetime | None, max_pages: int = MAX_PAGES
) -> PostsReading:
    """Return the posts that are new or changed since a time, the newest first.

    Without a time, the newest posts are returned.

    Raises:
        ApiClosed: the API is switched off, or closed to visitors.
        OperationRefused: the posts take too long to be parsed, or are none.
        FetchFailed, FetchRefused: there is no answer.
    """
    reader = _Reader(get, since=since, max_pages=max_pages if since else FIRST_PAGES)
    for parameters in _lists(since):
        failed = reader.read_list(add_query(api.posts_url, parameters))
        if failed is not None:
            return PostsReading(answer=failed, posts=None)
    posts = _parse_within_limits(reader.pages, site=api.site)
    return PostsReading(answer=reader.first, posts=posts)


def _lists(since: datetime | None) -> list[dict[str, str]]:
    asked = {"_fields": _FIELDS, "_embed": _EMBEDDED, "per_page": str(POSTS_PER_PAGE)}
    if since is None:
        return [{**asked, "orderby": "date", "order": "desc"}]
    after, modified_after = _utc(since - DATE_OVERLAP), _utc(since - CHANGE_OVERLAP)
    return [
        {**asked, "orderby": "date", "order": "desc", "after": after},
        {**asked, "orderby": "modified", "order": "desc", "modified_after": modified_after},
    ]


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


class _Reader:
    """Collects the pages of several lists, until the deadline or the last page."""

    def __init__(self, get: Get, *, since: datetime | None, max_pages: int) -> None:
        self._get = get
        self._since = since
        self._max_pages = max_pages
        self._until = time.monotonic() + DEADLINE.total_seconds()
        self._answers: list[FetchedResponse] = []

    @property
    def first(self) -> FetchedResponse:
        return self._answers[0]

    @property
    def pages(self) -> list[bytes]:
        return [each.body for each in self._answers]

    def read_list(self, url: str) -> FetchedResponse | None:
        """Read a list's pages; return the answer in place of its first page if it is an error."""
        first = self._get(url, _ANSWER_TIMEOUT)
        if not _accept(first):
            return first
        self._answers.append(first)
        for page in range(2, self._max_pages + 1):
            if not _has_next(self._answers[-1], page=page) or self._is_past(self._answers[-1]):
                break
            answer = self._try_get(add_query(url, {"page": str(page)}))
            if answer is None:
                break
            self._answers.append(answer)
        return None

    def _try_get(self, url: str) -> FetchedResponse | None:
        """Return a further page; None if there is none, or no time is left."""
        left = timedelta(seconds=self._until - time.monotonic())
        if left <= timedelta(0):
            return None
        try:
            answer = self._get(url, min(left, _ANSWER_TIMEOUT))
        except FetchFailed:
            return None
        return answer if _is_list(answer) else None

    def _is_past(self, answer: FetchedResponse) -> bool:
        """Return whether a page ends with older posts: WordPress before 5.7 lists all of them."""
        found = _CHANGED.findall(answer.body)
        return self._since is not None and bool(found) and _is_before(found[-1], self._since)


def _is_before(stamp: bytes, since: datetime) -> bool:
    at = parse_timestamp(stamp.decode("ascii"), zone=UTC)
    return at is not None and at < since - DATE_OVERLAP


def _accept(first: FetchedResponse) -> bool:
    """Return whether a list's first answer is a page of posts; False for an error that may pass.

    Raises:
        ApiClosed: it says that there are none for visitors.
    """
    if _is_list(first):
        return True
    if first.status in {HTTPStatus.OK, *_CLOSED_STATUSES}:
        raise ApiClosed(_error_code(first.body) or _reason(first))
    return False


def _is_list(answer: FetchedResponse) -> bool:
    text = answer.body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return answer.status == HTTPStatus.OK and text.startswith(b"[") and not answer.cut


def _reason(answer: FetchedResponse) -> str:
    return "HTML" if answer.status == HTTPStatus.OK else str(answer.status)


def _error_code(text: bytes) -> str | None:
    """Return the code of an error of the API, such as "rest_no_route"."""
    try:
        told = json.loads(text) if len(text) <= _MAX_ERROR_LENGTH else None
    except (ValueError, RecursionError):
        return None
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else None


def _has_next(answer: FetchedResponse, *, page: int) -> bool:
    """Return whether a list has the page of this number, after the answer's own."""
    total = answer.headers.get("x-wp-totalpages", "").strip()
    if total.isascii() and total.isdigit():
        return page <= int(total[:9])
    return bool(_NEXT_PAGE.search(answer.headers.get("link", "")[:_MAX_ERROR_LENGTH]))


def _parse_within_limits(pages: list[bytes], *, site: str) -> ParsedFeed:
    """Parse the pages in a child process; if they exceed its limits, only the newest posts."""
    try:
        return sandboxed(parse_posts, cpu=_FULL_PARSE_SECONDS)(pages, site=site)
    except SandboxLimitError:
        pass
    try:
        return sandboxed(parse_posts, cpu=_FALLBACK_SECONDS)(pages[:1], site=site)
    except SandboxLimitError:
        raise OperationRefused(translatable("feed.too_slow")) from None
