"""Ask a WebSub hub to send what is new in a feed, or to stop."""

from service.articles.websub import ask_hub
from service.boot import Runtime
from workers.concurrency import max_sites, sites_underway


def run(runtime: Runtime, *, subscription_id: int) -> None:
    """Do nothing if it is not due.

    Hubs share the threads that may wait for sites.
    """
    settings = runtime.settings
    limit = max_sites(settings.worker_threads)
    with sites_underway.acquire(("hub", subscription_id), limit=limit) as is_acquired:
        if is_acquired:
            ask_hub.ask_hub(
                runtime.begin,
                subscription_id,
                clock=runtime.clock,
                public_url=settings.public_url,
                allow_private=settings.fetch_allow_private,
                ports=settings.fetch_ports,
            )
