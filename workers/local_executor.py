"""Runs jobs that did not come from dramatiq, in threads of their own.

They come from the outbox (`outbox_fallback.py`) or from a wake-up (`wakeup_listener.py`).
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import dramatiq

from service.jobs.catalogue import Job
from service.jobs.outbox import JobMessage
from service.kit.log import get_logger

log = get_logger(__name__)


class LocalExecutor:
    """As many threads as dramatiq has in this process, and the actors they run."""

    def __init__(self, actors: Mapping[Job, Callable[..., None]], *, threads: int) -> None:
        self._actors = {job.name: act for job, act in actors.items()}
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="local_executor")
        self._running: set[Future[None]] = set()

    @property
    def is_full(self) -> bool:
        """Whether all threads are busy."""
        self._running = {each for each in self._running if not each.done()}
        return len(self._running) >= self._threads

    def submit(self, message: JobMessage) -> Future[None]:
        """Run a message's job as soon as a thread is idle."""
        submitted = self._pool.submit(self._run_job, message)
        self._running.add(submitted)
        return submitted

    def close(self) -> None:
        """Wait for running jobs to end, and start no more."""
        self._pool.shutdown(cancel_futures=True)

    def _run_job(self, message: JobMessage) -> None:
        try:
            if message.job in self._actors:
                self._actors[message.job](**message.args)
        except Exception:  # An edge, as dramatiq's is: the sweep finds the work again.
            log.exception("worker.job_failed", job=message.job, **message.args)


class CloseLocalExecutor(dramatiq.Middleware):
    """Closes the executor when the worker shuts down."""

    def __init__(self, executor: LocalExecutor) -> None:
        self._executor = executor

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Wait for running jobs; they know that the process drains."""
        del broker, worker
        self._executor.close()
