"""A worker process of dramatiq's own command ends with the master that started it.

A master that is killed tells its processes nothing, and they would work on unseen, beside those of
the next one. `crieur worker` ties its processes itself (`workers.run`).
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
    """Drain once the process's parent is another one than its master."""

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        """Begin to look, unless nobody started this process with `multiprocessing`."""
        del broker
        master = multiprocessing.parent_process()
        if master is not None and master.pid is not None:
            threading.Thread(target=_watch, args=(master.pid,), daemon=True).start()


def _watch(master: int) -> None:
    while os.getppid() == master:
        threading.Event().wait(CHECK_SECONDS)
    # The master passed on what its processes say, so there may be nobody left to hear it.
    with suppress(OSError):
        log.warning("worker.orphaned", supervisor=master)
    os.kill(os.getpid(), signal.SIGTERM)
