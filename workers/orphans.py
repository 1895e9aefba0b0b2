"""Ends worker processes of dramatiq's own command with the master process that started them.

A killed master leaves its processes running, beside those of the next one. `crieur worker` has its
own way to end its processes (`workers.run`).
"""

import multiprocessing
import os
import signal
import threading
from contextlib import suppress

import dramatiq

from service.kit.log import get_logger

log = get_logger(__name__)

CHECK_SECONDS = 1.0


class DrainWhenOrphaned(dramatiq.Middleware):
    """Drains the process once its parent is no longer the master."""

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        """Start to watch, if the process was started with `multiprocessing`."""
        del broker
        master = multiprocessing.parent_process()
        if master is not None and master.pid is not None:
            threading.Thread(target=_watch, args=(master.pid,), daemon=True).start()


def _watch(master: int) -> None:
    while os.getppid() == master:
        threading.Event().wait(CHECK_SECONDS)
    # Stderr was a pipe to the master, so this may fail.
    with suppress(OSError):
        log.warning("worker.orphaned", supervisor=master)
    os.kill(os.getpid(), signal.SIGTERM)
