"""The scheduler's loop: ticks, with the outbox dispatcher and recounts in threads of their own."""

import signal
import threading

from service import metrics
from service.boot import Runtime, exposing_metrics
from service.jobs.outbox_dispatcher import OutboxDispatcher
from service.kit.log import get_logger
from service.scheduler.recount import recount_until_stopped
from service.scheduler.tick import tick
from service.scheduler.workload_gauges import WorkloadGauges

log = get_logger(__name__)


def run_scheduler(runtime: Runtime, stop: threading.Event | None = None) -> None:
    """Tick until `stop` is set; SIGTERM and SIGINT set it when this is the main thread.

    Any number of schedulers may run: slots are unique in PostgreSQL, and messages are repeatable.
    """
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    with exposing_metrics(runtime.settings, metrics.OF_SCHEDULER):
        _tick_until(runtime, stop)


def _tick_until(runtime: Runtime, stop: threading.Event) -> None:
    dispatcher, gauges = make_dispatcher(runtime), WorkloadGauges(runtime)
    threads = [
        threading.Thread(target=dispatcher.dispatch_until, args=(stop,), name="dispatch_outbox"),
        threading.Thread(target=recount_until_stopped, args=(runtime, stop), name="recount"),
        threading.Thread(target=gauges.update_until, args=(stop,), name="workload_gauges"),
    ]
    for thread in threads:
        thread.start()
    log.info("daemon.started", daemon="scheduler")
    while not stop.is_set():
        tick(runtime)
        stop.wait(runtime.settings.tick_seconds)
    for thread in threads:
        thread.join()
    log.info("daemon.stopped", daemon="scheduler")


def make_dispatcher(runtime: Runtime) -> OutboxDispatcher:
    """Return a dispatcher on the runtime's database and broker."""
    return OutboxDispatcher(
        engine=runtime.engine, begin=runtime.begin, broker=runtime.broker, clock=runtime.clock
    )
