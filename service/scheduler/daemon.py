"""The scheduler's loop: a tick every few seconds, doorbells in between, until a signal."""

import signal
import threading

import structlog

from service.boot import Runtime
from service.scheduler import relay
from service.scheduler.tick import tick

log = structlog.get_logger(__name__)


def run(runtime: Runtime, stop: threading.Event | None = None) -> None:
    """Tick until `stop` is set; SIGTERM and SIGINT set it when this is the main thread.

    Any number of schedulers may run: slots are unique in PostgreSQL and rings are repeatable.
    """
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    ringer = threading.Thread(target=relay.run, args=(runtime, stop), name="relay")
    ringer.start()
    log.info("daemon.started", daemon="scheduler")
    while not stop.is_set():
        tick(runtime)
        stop.wait(runtime.settings.tick_seconds)
    ringer.join()
    log.info("daemon.stopped", daemon="scheduler")
