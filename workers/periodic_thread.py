"""A thread that repeats something beside dramatiq as long as the worker process runs."""

import threading
from collections.abc import Callable

import dramatiq

from service.kit.log import get_logger

log = get_logger(__name__)


class PeriodicThread(dramatiq.Middleware):
    """Calls a function again and again in a thread that starts and ends with the worker."""

    def __init__(
        self, work: Callable[[], object], *, name: str, every: float, stop: threading.Event
    ) -> None:
        """Wait `every` seconds after each call of `work`, and end when `stop` is set."""
        self._work = work
        self._name = name
        self._every = every
        self._stop = stop
        # A daemon thread: a process that ends without draining does not wait for it.
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Start the thread."""
        del broker, worker
        self._thread.start()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Wait for the thread to end."""
        del broker, worker
        self._thread.join()

    def _repeat(self) -> None:
        while not self._stop.is_set():
            try:
                self._work()
            except Exception:  # An edge: a thread that died silently would not be missed.
                log.exception("worker.job_failed", job=self._name)
            self._stop.wait(self._every)


class PeriodicThreads(dramatiq.Middleware):
    """Several threads as one middleware: dramatiq warns about two middlewares of one class."""

    def __init__(self, *threads: PeriodicThread) -> None:
        self._threads = threads

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Start all threads."""
        for each in self._threads:
            each.after_worker_boot(broker, worker)

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Wait for all threads to end."""
        for each in self._threads:
            each.after_worker_shutdown(broker, worker)
