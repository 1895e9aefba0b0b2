"""Ask whether the links and pictures of rehearsed editions still lead somewhere.

Sites are asked in parallel, each one slowly: one request at a time and a pause after it. First for
the headers alone, and for the beginning of the page where a site does not answer that well. When
the time is over, what is left was not checked. No transaction is open meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.translatable import translatable
from service.rehearsal.rehearsed import CheckedLink, LinkStatus, Rehearsal

PAUSE = timedelta(seconds=1)
TIMEOUT = timedelta(seconds=8)
_HOSTS = 8
"""Sites that are asked at the same time."""
_BEGINNING = 20_000
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

NOT_CHECKED = CheckedLink(status=LinkStatus.NOT_CHECKED)

LinkProgress = Callable[[int, int], None]
"""Called with how many links are done, and of how many."""


def links_of(rehearsal: Rehearsal) -> list[str]:
    """Return each link and picture of all editions once, the next edition's first."""
    found: dict[str, None] = {}
    for edition in rehearsal.editions:
        for article in edition.articles:
            found |= dict.fromkeys(each for each in article.links if each)
    return list(found)


def check_links(
    urls: Iterable[str],
    *,
    deadline: timedelta,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
    pause: timedelta = PAUSE,
    progress: LinkProgress | None = None,
) -> dict[str, CheckedLink]:
    """Return what became of each link within `deadline`; a request is never longer than that."""
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[_host_of(url)].append(url)
    total = sum(map(len, by_host.values()))
    results: dict[str, CheckedLink] = {}
    until = monotonic() + deadline.total_seconds()

    def check_host(mine: list[str]) -> None:
        wait = Event()
        for number, url in enumerate(mine):
            left = until - monotonic()
            if number and left > 0:
                wait.wait(min(pause.total_seconds(), left))
                left = until - monotonic()
            results[url] = (
                NOT_CHECKED
                if left <= 0
                else _check(url, seconds=left, allow_private=allow_private, ports=ports)
            )
            if progress is not None:
                progress(len(results), total)

    with ThreadPoolExecutor(_HOSTS, thread_name_prefix="link-check") as pool:
        list(pool.map(check_host, by_host.values()))
    return results


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _check(url: str, *, seconds: float, allow_private: bool, ports: Collection[int]) -> CheckedLink:
    until = monotonic() + seconds

    def ask(*, head: bool) -> FetchedResponse:
        left = timedelta(seconds=max(until - monotonic(), 0.1))
        return fetch(
            url,
            head=head,
            limit_bytes=_BEGINNING,
            cut=True,
            timeout=min(TIMEOUT, left),
            allow_private=allow_private,
            ports=ports,
        )

    try:
        answer = _first(ask)
        if answer is None:
            answer = ask(head=False)
    except (FetchFailed, FetchRefused) as error:
        return CheckedLink(status=LinkStatus.UNREACHABLE, why=error.message)
    return _judge(answer)


def _first(ask: Callable[..., FetchedResponse]) -> FetchedResponse | None:
    """Return a good answer to a question for headers; None if the page has to be asked for."""
    try:
        answer = ask(head=True)
    except FetchFailed:
        return None
    return answer if answer.status < HTTPStatus.BAD_REQUEST else None


def _judge(answer: FetchedResponse) -> CheckedLink:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return CheckedLink(status=LinkStatus.ALIVE, is_page=answer.content_type.startswith("text/"))
    why = translatable("rehearsal.link.answer", status=str(answer.status))
    is_gone = answer.status in _GONE
    return CheckedLink(status=LinkStatus.DEAD if is_gone else LinkStatus.UNREACHABLE, why=why)
