"""Count readers now and then, in a thread of its own: a large audience takes longer than a tick."""

import threading
from datetime import timedelta
from time import monotonic

from service.audience import count_subscribers
from service.boot import Runtime
from service.kit.db import DatabaseAway
from service.kit.log import get_logger

log = get_logger(__name__)


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Count whenever it is due, until `stop`; pages show the last count meanwhile.

    Any number may run: one of them counts.
    """
    while not stop.is_set():
        begun = monotonic()
        try:
            with runtime.begin() as session:
                count_subscribers.refresh_counts(session, now=runtime.clock())
        except DatabaseAway as error:
            log.warning("scheduler.step_failed", step="recount", error=type(error).__name__)
        except Exception:  # An edge: a thread that died silently would let figures grow old.
            log.exception("scheduler.step_failed", step="recount")
        # Also after a try that failed, which may have taken as long as a count.
        rest = count_subscribers.pause_after(timedelta(seconds=monotonic() - begun))
        stop.wait(rest.total_seconds())
