"""What a process does without dramatiq, in threads beside dramatiq's.

Doorbells that nobody rang (`unrung.py`) and calls to a large edition (`called.py`).
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import dramatiq

from service.kit.broker import Job
from service.kit.log import get_logger
from service.kit.outbox import Doorbell

log = get_logger(__name__)


class Aside:
    """As many threads as dramatiq has, and what they do."""

    def __init__(self, actors: Mapping[Job, Callable[..., None]], *, threads: int) -> None:
        """Take what to do for each job."""
        self._actors = {job.name: act for job, act in actors.items()}
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aside")
        self._underway: set[Future[None]] = set()

    @property
    def is_full(self) -> bool:
        """Whether all threads are busy."""
        self._underway = {each for each in self._underway if not each.done()}
        return len(self._underway) >= self._threads

    def begin(self, doorbell: Doorbell) -> Future[None]:
        """Do what a doorbell asks for, as soon as a thread is idle."""
        begun = self._pool.submit(self._act, doorbell)
        self._underway.add(begun)
        return begun

    def close(self) -> None:
        """Return when everything that was begun has ended, and begin nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _act(self, doorbell: Doorbell) -> None:
        try:
            if doorbell.job in self._actors:
                self._actors[doorbell.job](**doorbell.args)
        except Exception:  # An edge, as dramatiq's is: the sweep finds the work again.
            log.exception("worker.job_failed", job=doorbell.job, **doorbell.args)


class CloseAside(dramatiq.Middleware):
    """End with the worker."""

    def __init__(self, aside: Aside) -> None:
        """Take what to end."""
        self._aside = aside

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Wait for what was begun: it has heard that the process drains."""
        del broker, worker
        self._aside.close()
