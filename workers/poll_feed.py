"""Fetch one feed and take its articles in."""

from zoneinfo import ZoneInfo

from service.articles import poll
from service.boot import Runtime


def run(runtime: Runtime, *, feed_id: int) -> None:
    """Do nothing if it is not due, or another worker is at it."""
    poll.poll(
        runtime.begin,
        feed_id,
        clock=runtime.clock,
        zone=ZoneInfo(runtime.settings.publication_time_zone),
        allow_private=runtime.settings.fetch_allow_private,
        ports=runtime.settings.fetch_ports,
    )
