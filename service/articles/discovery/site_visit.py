"""The requests of one discovery: few, one after the other, all within one deadline."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.translatable import translatable

DEADLINE = timedelta(seconds=20)
MAX_REQUESTS = 20
_FETCH_TIMEOUT = timedelta(seconds=8)
"""Longest wait for one answer: a place that does not answer leaves time for the others."""
_ACCEPT = {
    "Accept": "text/html, application/rss+xml, application/atom+xml, application/feed+json,"
    " application/xml;q=0.8, */*;q=0.5"
}


@dataclass(slots=True, kw_only=True)
class SiteVisit:
    """Asks a site for one URL after the other, each once, until the deadline or the last request.

    `allow_private` and `ports` are those of `service.kit.fetch`.
    """

    allow_private: bool = False
    ports: Collection[int] = ALLOWED_PORTS
    deadline: timedelta = DEADLINE
    max_requests: int = MAX_REQUESTS
    is_cut_short: bool = False
    _began: float = field(default_factory=time.monotonic)
    _asked: set[str] = field(default_factory=set)

    def get(self, url: str) -> FetchedResponse:
        """Return the answer to a GET, of any status, as far as it may go (5 MB).

        Raises:
            FetchRefused: the URL is one that is never asked.
            FetchFailed: there is no answer, or no time or request is left.
        """
        left = self.deadline - timedelta(seconds=time.monotonic() - self._began)
        if left <= timedelta(0) or len(self._asked) >= self.max_requests:
            self.is_cut_short = True
            raise FetchFailed(translatable("discovery.cut_short"))
        self._asked.add(url)
        return fetch(
            url,
            headers=_ACCEPT,
            timeout=min(left, _FETCH_TIMEOUT) if len(self._asked) > 1 else left,
            allow_private=self.allow_private,
            ports=self.ports,
            cut=True,
        )

    def try_get(self, url: str) -> FetchedResponse | None:
        """Return the answer if its status is 200 and the URL was not asked before; else None."""
        if url in self._asked:
            return None
        try:
            answer = self.get(url)
        except (FetchFailed, FetchRefused):
            return None
        self._asked.add(answer.url)
        return answer if answer.status == HTTPStatus.OK else None
