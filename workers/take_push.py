"""Take in what a WebSub hub has sent about a feed."""

from zoneinfo import ZoneInfo

from service.articles.feeds import take_push
from service.boot import Runtime
from workers.alert_of_news import alert_of_news


def run(runtime: Runtime, *, push_id: int) -> None:
    """Do nothing if it was taken in already."""
    zone = ZoneInfo(runtime.settings.publication_time_zone)
    take_push.take_push(
        runtime.begin, push_id, clock=runtime.clock, zone=zone, on_news=alert_of_news(runtime)
    )
