"""Fetch one feed and take its articles in."""

import threading
from zoneinfo import ZoneInfo

from service import metrics
from service.articles.feeds import poll
from service.boot import Runtime

_underway: set[int] = set()
_lock = threading.Lock()


def run(runtime: Runtime, *, feed_id: int) -> None:
    """Do nothing if it is not due, or another worker polls it.

    A site may be slow to answer. At most half of a process's threads wait for sites, so that
    messages never do; a feed that finds no thread stays due until the next tick.
    """
    with _lock:
        if feed_id in _underway or len(_underway) >= max(1, runtime.settings.worker_threads // 2):
            return
        _underway.add(feed_id)
    try:
        polled = poll.poll_feed(
            runtime.begin,
            feed_id,
            clock=runtime.clock,
            zone=ZoneInfo(runtime.settings.publication_time_zone),
            allow_private=runtime.settings.fetch_allow_private,
            ports=runtime.settings.fetch_ports,
        )
        if polled is not None:
            result = "changed" if polled.new or polled.revised else "unchanged"
            metrics.FEED_POLLS.inc(result="failed" if polled.error else result)
    finally:
        with _lock:
            _underway.discard(feed_id)
