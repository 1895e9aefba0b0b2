"""The scheduler's loop: ticks, with doorbells and counts beside them, until a signal."""

import signal
import threading

from service.boot import Runtime
from service.kit.log import get_logger
from service.scheduler import recount, relay
from service.scheduler.tick import tick

log = get_logger(__name__)


def run(runtime: Runtime, stop: threading.Event | None = None) -> None:
    """Tick until `stop` is set; SIGTERM and SIGINT set it when this is the main thread.

    Any number of schedulers may run: slots are unique in PostgreSQL and rings are repeatable.
    """
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    beside = [
        threading.Thread(target=each.run, args=(runtime, stop), name=name)
        for name, each in (("relay", relay), ("recount", recount))
    ]
    for thread in beside:
        thread.start()
    log.info("daemon.started", daemon="scheduler")
    while not stop.is_set():
        tick(runtime)
        stop.wait(runtime.settings.tick_seconds)
    for thread in beside:
        thread.join()
    log.info("daemon.stopped", daemon="scheduler")
