"""Take an article's text from its page, as politely as a reader who reads slowly.

A host gets one request in two seconds, from all processes together, or in as many as its robots.txt
asks for; what it disallows is not asked for. The times are in PostgreSQL, where the requests wait,
so that one statement claims a host, and no second store can forget whom we have just asked. An
article is complete without its full text: after a few tries it stays as the feed has it.

Requests are made between two short transactions, never inside one.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from http import HTTPStatus

from service.articles import queries as article_queries
from service.articles.full_text import queries
from service.articles.full_text.robots import MAX_LENGTH, is_allowed
from service.articles.full_text.store_full_text import store_full_text
from service.articles.html_page.extract import extract_article
from service.articles.tables import Article, FullTextRequest, VisitedHost
from service.articles.urls import is_front_page
from service.jobs import outbox
from service.jobs.catalogue import FETCH_FULL_TEXT
from service.kit.clock import Clock
from service.kit.db import Begin, Session
from service.kit.errors import CrieurError
from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.http_headers import conditional_headers, retry_after
from service.kit.log import get_logger
from service.kit.sandbox import sandboxed

log = get_logger(__name__)

DELAY = timedelta(seconds=2)
_TROUBLED_DELAY = timedelta(minutes=1)
CLAIM_DURATION = timedelta(seconds=60)
"""Longer than a request may take; a host that was claimed by a process that died is free again."""

MAX_TRIES = 4
FIRST_RETRY = timedelta(minutes=5)
_RETRY_FACTOR = 4
_MAX_RETRY_AFTER = timedelta(hours=24)

ROBOTS_VALID_FOR = timedelta(hours=24)
_ROBOTS_TIMEOUT = timedelta(seconds=10)
_ROBOTS_SECONDS = 0.5
_PAGE_SECONDS = 1.8
_TEMPORARY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
_ACCEPT = "text/html, application/xhtml+xml;q=0.9"


def due_full_texts(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """Return the ids of articles whose page may be asked for now, one for each host."""
    return queries.due_article_ids(session, now=now, limit=limit)


def fetch_full_text(
    begin: Begin,
    article_id: int,
    *,
    clock: Clock,
    zone: tzinfo,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
) -> bool | None:
    """Make one request for an article's text: for its host's robots.txt, or for its page.

    Returns whether a text was stored; None if nothing was asked, because the article is not due or
    its host was visited too recently. Failures are recorded, not raised. `zone` is the
    publication's, for dates without an offset.
    """
    now = clock()
    with begin() as session:
        visit = _claim(session, article_id, now=now)
    if visit is None:
        return None
    get = partial(fetch, allow_private=allow_private, ports=ports, cut=True)
    if visit.has_no_robots(now):
        return _visit_robots(begin, visit, get, clock=clock)
    try:
        allowed, delay = sandboxed(is_allowed, cpu=_ROBOTS_SECONDS)(
            visit.host.robots or b"", visit.url
        )
    except CrieurError:
        # Rules that take so long to be parsed are no honest ones.
        allowed, delay = False, None
    delay = max(DELAY, delay or DELAY)
    if not allowed:
        return _finish(begin, visit, _PageResult(why="robots.txt"), delay=timedelta(0), clock=clock)
    result = _read_page(visit, get, zone=zone, now=now)
    return _finish(begin, visit, result, delay=delay, clock=clock)


def give_up(session: Session, article_id: int, *, why: str) -> None:
    """Ask for an article's page no more; the article stays as its feed has it."""
    queries.update_request(session, article_id, next_try_at=None)
    log.info("article.full_text_failed", article=article_id, reason=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageResult:
    """What a request for a page has brought: a text, or why there is none; or nothing new.

    `retry_at` is when it is asked for again; None: never.
    """

    body: tuple[str, ...] = ()
    why: str = ""
    retry_at: datetime | None = None
    answer: FetchedResponse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A request that was claimed, with its host and what is known of the article."""

    request: FullTextRequest
    host: VisitedHost
    article: Article

    @property
    def url(self) -> str:
        return self.article.url or ""

    def has_no_robots(self, now: datetime) -> bool:
        at = self.host.robots_at
        return at is None or at <= now - ROBOTS_VALID_FOR


def _claim(session: Session, article_id: int, *, now: datetime) -> _Visit | None:
    found = queries.claim_request(session, article_id, now=now)
    if found is None:
        return None
    request, article = found
    if article.url is None or article.withdrawn_at is not None:
        give_up(session, article_id, why="withdrawn")
        return None
    host = queries.claim_host(session, request.host, now=now, until=now + CLAIM_DURATION)
    return None if host is None else _Visit(request=request, host=host, article=article)


def _visit_robots(
    begin: Begin, visit: _Visit, get: Callable[..., FetchedResponse], *, clock: Clock
) -> bool:
    """Ask for a host's robots.txt; the page is asked for by the next job."""
    answer, robots, why = None, None, ""
    try:
        answer = get(
            f"{visit.host.host}/robots.txt", limit_bytes=MAX_LENGTH, timeout=_ROBOTS_TIMEOUT
        )
        robots, why = _robots_of(answer), f"robots.txt: {answer.status}"
    except (FetchFailed, FetchRefused) as error:
        why = f"robots.txt: {error}"
    now = clock()
    with begin() as session:
        if robots is not None:
            queries.update_host(session, visit.host.host, robots=robots, robots_at=now)
            _free_host(session, visit, free_at=now + DELAY, now=now)
        else:
            # While they are unknown nothing is allowed (RFC 9309, 2.3.1.4).
            result = _later(visit, why, now=now, answer=answer)
            _store_failure(session, visit, result)
            _free_host(session, visit, free_at=result.retry_at or now + FIRST_RETRY, now=now)
    return False


def _robots_of(answer: FetchedResponse) -> bytes | None:
    """Return the rules, none for a site without any; None if they are not known now."""
    if answer.status == HTTPStatus.OK:
        return answer.body
    return None if _may_pass(answer) else b""


def _may_pass(answer: FetchedResponse) -> bool:
    return answer.status in _TEMPORARY or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _read_page(
    visit: _Visit, get: Callable[..., FetchedResponse], *, zone: tzinfo, now: datetime
) -> _PageResult:
    known = visit.request if visit.article.full_text_at else None
    headers = conditional_headers(
        accept=_ACCEPT,
        etag=known.etag if known else None,
        last_modified=known.last_modified if known else None,
    )
    try:
        answer = get(visit.url, headers=headers)
    except FetchRefused as error:
        return _PageResult(why=str(error))
    except FetchFailed as error:
        return _later(visit, str(error), now=now)
    if answer.status == HTTPStatus.OK:
        return _parse(visit, answer, zone=zone)
    if _may_pass(answer):
        return _later(visit, str(answer.status), now=now, answer=answer)
    is_unchanged = answer.status == HTTPStatus.NOT_MODIFIED
    return _PageResult(why="" if is_unchanged else str(answer.status))


def _parse(visit: _Visit, answer: FetchedResponse, *, zone: tzinfo) -> _PageResult:
    if is_front_page(answer.url) and not is_front_page(visit.url):
        return _PageResult(why="it leads to the front page")
    charset = answer.headers.get("content-type", "").lower().partition("charset=")[2]
    try:
        page = sandboxed(extract_article, cpu=_PAGE_SECONDS)(
            answer.body,
            url=answer.url,
            zone=zone,
            charset=charset.strip(" \"';") or None,
            title=visit.article.title,
        )
    except CrieurError as error:
        return _PageResult(why=str(error))
    return _PageResult(body=page.body, answer=answer)


def _later(
    visit: _Visit, why: str, *, now: datetime, answer: FetchedResponse | None = None
) -> _PageResult:
    """Return the result of a failure that may pass; after the last try it is final."""
    if visit.request.tries + 1 >= MAX_TRIES:
        return _PageResult(why=why)
    asked = retry_after(answer, now=now) if answer else None
    backoff = FIRST_RETRY * _RETRY_FACTOR**visit.request.tries
    wait = max(backoff, min(asked or timedelta(0), _MAX_RETRY_AFTER))
    return _PageResult(why=why, retry_at=now + wait, answer=answer)


def _finish(
    begin: Begin, visit: _Visit, result: _PageResult, *, delay: timedelta, clock: Clock
) -> bool:
    now = clock()
    with begin() as session:
        is_stored = bool(result.body) and _store_text(session, visit, result, now=now)
        if not is_stored:
            _store_failure(session, visit, result)
        _free_host(session, visit, free_at=now + _host_delay(result, delay, now=now), now=now)
    return is_stored


def _host_delay(result: _PageResult, delay: timedelta, *, now: datetime) -> timedelta:
    """Return how long a host is left alone: longer if it has trouble, or asks for it."""
    if result.retry_at is None:
        return delay
    asked = retry_after(result.answer, now=now) if result.answer else None
    return max(delay, _TROUBLED_DELAY, min(asked or timedelta(0), _MAX_RETRY_AFTER))


def _store_text(session: Session, visit: _Visit, result: _PageResult, *, now: datetime) -> bool:
    """Store the text, unless the article has been withdrawn or has a longer one."""
    headers = result.answer.headers if result.answer else {}
    article = article_queries.article_by_id(session, visit.article.id, lock=True)
    if article is None or not store_full_text(article, result.body, now=now):
        return False
    queries.update_request(
        session,
        article.id,
        next_try_at=None,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )
    log.info("article.full_text_fetched", article=article.id)
    return True


def _store_failure(session: Session, visit: _Visit, result: _PageResult) -> None:
    article_id = visit.article.id
    if result.retry_at is not None:
        tries = visit.request.tries + 1
        queries.update_request(session, article_id, tries=tries, next_try_at=result.retry_at)
    elif result.why:
        give_up(session, article_id, why=result.why)
    else:
        queries.update_request(session, article_id, next_try_at=None)


def _free_host(session: Session, visit: _Visit, *, free_at: datetime, now: datetime) -> None:
    """Let the host be visited again at a time, and enqueue its next article for then."""
    queries.update_host(session, visit.host.host, next_visit_at=free_at)
    following = queries.next_of_host(session, visit.host.host, before=free_at)
    if following is not None:
        job = FETCH_FULL_TEXT
        outbox.enqueue(session, job.name, {job.id_name: following}, now=now, wait=free_at - now)
