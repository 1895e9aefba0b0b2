"""What one worker process shares: its runtime, and whether it drains."""

import threading
from functools import cache

import dramatiq

from service import metrics
from service.boot import Runtime, build_runtime
from service.config import is_scraped_by_supervisor, load_settings
from service.jobs.broker import WakeableBroker
from service.kit.log import configure_logging
from service.kit.metrics import activate
from workers.orphans import DrainWhenOrphaned

draining = threading.Event()
"""Set when the process was asked to stop: an actor releases what it has not started."""


class SetDrainingFlag(dramatiq.Middleware):
    """Sets `draining` when the worker stops, so that running actors can end."""

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Set the flag; dramatiq then waits for the actors to return."""
        del worker
        draining.set()
        if isinstance(broker, WakeableBroker):
            # Sleeping consumers notice sooner that the worker stops.
            broker.wake_all()


@cache
def process_runtime() -> Runtime:
    """Return the runtime of this process, wired at the first call from its settings."""
    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    built = build_runtime(settings)
    if is_scraped_by_supervisor():
        activate(metrics.OF_WORKER)
    built.broker.add_middleware(SetDrainingFlag())
    built.broker.add_middleware(DrainWhenOrphaned())
    return built
