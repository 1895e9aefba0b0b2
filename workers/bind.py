"""An actor's function with its runtime, which leaves to the operator what only they can repair.

Work that meets a setting that is missing stays in PostgreSQL, and the sweep rings for it again and
again: a stack for each time would bury the one sentence that helps.
"""

from collections.abc import Callable
from functools import cache

import structlog

from service.boot import Runtime
from service.kit.errors import Misconfigured

log = structlog.get_logger(__name__)


def bind(run: Callable[..., None], wired: Runtime) -> Callable[..., None]:
    """Return what dramatiq calls with a job's ids."""

    def act(**ids: int) -> None:
        try:
            run(wired, **ids)
        except Misconfigured as error:
            _tell(str(error))

    return act


@cache
def _tell(advice: str) -> None:
    """Once in a process is enough."""
    log.warning("worker.misconfigured", advice=advice)
