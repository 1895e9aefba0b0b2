"""What one worker process shares: its runtime, and whether it is draining."""

import threading
from functools import cache

import dramatiq

from service.boot import Runtime, build
from service.config import load_settings
from service.kit.broker import Bells
from service.kit.log import configure
from workers.orphans import EndWithMaster

draining = threading.Event()
"""Set when the process was asked to stop: an actor gives back what it has not begun."""


class Drain(dramatiq.Middleware):
    """Tell running actors at once that the worker stops, instead of interrupting them."""

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Raise the flag; dramatiq then waits for the actors to return."""
        del worker
        draining.set()
        if isinstance(broker, Bells):
            # Whoever rests hears sooner that it is over.
            broker.wake_all()


@cache
def runtime() -> Runtime:
    """Return the runtime of this process, wired at the first call from its settings."""
    settings = load_settings()
    configure(as_json=settings.log_json, level=settings.log_level)
    built = build(settings)
    built.broker.add_middleware(Drain())
    built.broker.add_middleware(EndWithMaster())
    return built
