"""Something that a worker process does again and again beside dramatiq, as long as it runs."""

import threading
from collections.abc import Callable

import dramatiq

from service.kit.log import get_logger

log = get_logger(__name__)


class Beside(dramatiq.Middleware):
    """A thread of its own that begins and ends with the worker."""

    def __init__(
        self, work: Callable[[], object], *, name: str, every: float, stop: threading.Event
    ) -> None:
        """Take what to do, and the seconds of rest after each time; `stop` says that it is over."""
        self._work = work
        self._name = name
        self._every = every
        self._stop = stop
        # A process that ends without having been asked to drain does not wait for it.
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Begin."""
        del broker, worker
        self._thread.start()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Wait until it has heard that the process drains."""
        del broker, worker
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            try:
                self._work()
            except Exception:  # An edge: a thread that died silently would not be missed.
                log.exception("worker.job_failed", job=self._name)
            self._stop.wait(self._every)


class AllBeside(dramatiq.Middleware):
    """Several of them as one: dramatiq complains about two middlewares of a kind."""

    def __init__(self, *all_of_them: Beside) -> None:
        """Take them in their order."""
        self._all = all_of_them

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Begin all."""
        for each in self._all:
            each.after_worker_boot(broker, worker)

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Wait for all."""
        for each in self._all:
            each.after_worker_shutdown(broker, worker)
