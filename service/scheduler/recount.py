"""Counts readers at intervals in a thread of its own: a large audience takes longer than a tick."""

import threading
from datetime import timedelta
from time import monotonic

from service.audience import count_subscribers
from service.boot import Runtime
from service.kit.db import DatabaseUnavailable
from service.kit.log import get_logger

log = get_logger(__name__)


def recount_until_stopped(runtime: Runtime, stop: threading.Event) -> None:
    """Count whenever a count is due, until `stop`; pages show the last count meanwhile.

    Any number may run: one of them counts.
    """
    while not stop.is_set():
        started = monotonic()
        try:
            with runtime.begin() as session:
                count_subscribers.refresh_counts(session, now=runtime.clock())
        except DatabaseUnavailable as error:
            log.warning("scheduler.step_failed", step="recount", error=type(error).__name__)
        except Exception:  # An edge: a thread that died silently would let figures grow old.
            log.exception("scheduler.step_failed", step="recount")
        # Also after a failure, which may have taken as long as a count.
        pause = count_subscribers.pause_after(timedelta(seconds=monotonic() - started))
        stop.wait(pause.total_seconds())
