"""A process that has a place for it comes to a large edition as soon as it is called."""

import threading
from concurrent.futures import Future

import dramatiq
import structlog

from service import jobs
from service.boot import Runtime
from service.delivery import rally
from service.kit import notify
from service.kit.outbox import Doorbell
from workers.aside import Aside
from workers.places import Places, places_for

log = structlog.get_logger(__name__)

LISTEN_SECONDS = 1.0
"""How late a process notices that it drains, at most."""


class Called:
    """The calls to editions that one process follows."""

    def __init__(self, runtime: Runtime, aside: Aside, places: Places) -> None:
        """Take who sends, and where places are."""
        self._runtime = runtime
        self._aside = aside
        self._places = places

    def come(self, edition_id: int) -> Future[None] | None:
        """Begin to send, unless this process is at it already or has no place; then return None.

        Nothing is lost with a call that is not followed: whoever called goes on alone.
        """
        most = places_for(self._runtime.settings.worker_threads)
        if not self._places.has_room(edition_id, most=most):
            return None
        return self._aside.begin(
            Doorbell(job=jobs.SEND_EDITION.name, args={"edition_id": edition_id})
        )


class FollowCalls(dramatiq.Middleware):
    """Listen for calls as long as the worker runs."""

    def __init__(self, runtime: Runtime, called: Called, *, stop: threading.Event) -> None:
        """Take whose database tells of calls."""
        self._runtime = runtime
        self._called = called
        self._stop = stop
        # A process that ends without having been asked to drain does not wait for it.
        self._thread = threading.Thread(target=self._listen, name="called", daemon=True)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Begin to listen."""
        del broker, worker
        self._thread.start()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Follow no more calls."""
        del broker, worker
        self._thread.join()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with notify.listening(self._runtime.engine, rally.CHANNEL) as listener:
                    while not self._stop.is_set():
                        for edition_id in listener.wait(LISTEN_SECONDS):
                            self._called.come(int(edition_id))
            except notify.Away as error:
                log.warning("rally.unreachable", error=type(error).__name__)
                self._stop.wait(LISTEN_SECONDS)
            except Exception:  # An edge: a thread that died silently would never come.
                log.exception("worker.job_failed", job="called")
                self._stop.wait(LISTEN_SECONDS)
