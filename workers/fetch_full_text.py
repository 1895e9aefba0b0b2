"""Take an article's text from its page."""

from zoneinfo import ZoneInfo

from service.articles.full_text import fetch_full_text
from service.boot import Runtime
from workers.concurrency import max_sites, sites_underway


def run(runtime: Runtime, *, article_id: int) -> None:
    """Do nothing if it is not due, or its site was asked too recently.

    Feeds and pages share the threads that may wait for sites.
    """
    limit = max_sites(runtime.settings.worker_threads)
    with sites_underway.acquire(("article", article_id), limit=limit) as is_acquired:
        if not is_acquired:
            return
        fetch_full_text.fetch_full_text(
            runtime.begin,
            article_id,
            clock=runtime.clock,
            zone=ZoneInfo(runtime.settings.publication_time_zone),
            allow_private=runtime.settings.fetch_allow_private,
            ports=runtime.settings.fetch_ports,
        )
