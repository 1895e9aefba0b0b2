"""Fetch one feed and take its articles in."""

from zoneinfo import ZoneInfo

from service import metrics
from service.articles.feeds import poll
from service.boot import Runtime
from workers.alert_of_news import alert_of_news
from workers.concurrency import max_sites, sites_underway


def run(runtime: Runtime, *, feed_id: int) -> None:
    """Do nothing if it is not due, or another worker polls it.

    A site may be slow to answer. At most half of a process's threads wait for sites, so that
    messages never do; a feed that finds no thread stays due until the next tick.
    """
    limit = max_sites(runtime.settings.worker_threads)
    with sites_underway.acquire(("feed", feed_id), limit=limit) as is_acquired:
        if not is_acquired:
            return
        polled = poll.poll_feed(
            runtime.begin,
            feed_id,
            clock=runtime.clock,
            zone=ZoneInfo(runtime.settings.publication_time_zone),
            allow_private=runtime.settings.fetch_allow_private,
            ports=runtime.settings.fetch_ports,
            on_news=alert_of_news(runtime),
        )
        if polled is not None:
            result = "changed" if polled.new or polled.revised else "unchanged"
            metrics.FEED_POLLS.inc(result="failed" if polled.error else result)
