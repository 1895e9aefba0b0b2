"""Ends the patience with a silent relay when the process has to end.

A relay may think for ten minutes; a supervisor kills a process a minute after asking it to stop.
A message that is in flight by then has no known end, so the connections are cut in time and every
outcome is recorded.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from service.delivery.smtp.relay_connection import RelayConnection
from service.kit.log import get_logger

log = get_logger(__name__)

LOOK_EVERY = 0.25


async def cut_connections(
    connections: Sequence[RelayConnection], *, stop: Callable[[], bool], after: timedelta
) -> None:
    """Wait for `stop`, leave the messages in flight a moment, then cut every connection."""
    while not stop():  # noqa: ASYNC110  A signal to the process is no event of this loop.
        await asyncio.sleep(LOOK_EVERY)
    await asyncio.sleep(after.total_seconds())
    log.warning("delivery.cut_short", connections=len(connections))
    for connection in connections:
        connection.cut()
