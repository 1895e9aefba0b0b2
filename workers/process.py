"""What one worker process shares: its runtime, and whether it is draining."""

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
"""Set when the process was asked to stop: an actor gives back what it has not begun."""


class SetDrainingFlag(dramatiq.Middleware):
    """Tell running actors at once that the worker stops, instead of interrupting them."""

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Raise the flag; dramatiq then waits for the actors to return."""
        del worker
        draining.set()
        if isinstance(broker, WakeableBroker):
            # Whoever rests hears sooner that it is over.
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
