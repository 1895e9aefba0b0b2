"""An actor's function with its runtime, and what becomes of its failures.

Work that fails stays in PostgreSQL, and the sweep rings for it again and again. A setting that is
missing is told once, because a stack for each time would bury the one sentence that helps. An
edition that fails is counted, and paused at last. What passes by itself, such as a database that
is away, is nobody's fault and is tried again as long as it lasts.
"""

import errno
from collections.abc import Callable
from functools import cache

import structlog

from service.boot import Runtime
from service.delivery import setbacks
from service.kit.broker import BrokerAway
from service.kit.db import DatabaseAway
from service.kit.errors import Misconfigured, Unavailable
from workers import build_edition, send_edition

log = structlog.get_logger(__name__)

CARRY_AN_EDITION = (build_edition.run, send_edition.run)

_PASSING = (*DatabaseAway, *BrokerAway, Unavailable, ConnectionError, TimeoutError, MemoryError)
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EAGAIN})


def bind(run: Callable[..., None], wired: Runtime) -> Callable[..., None]:
    """Return what dramatiq calls with a job's ids."""

    def act(**ids: int) -> None:
        try:
            run(wired, **ids)
        except Misconfigured as error:
            _tell(str(error))
        except Exception as error:
            if run not in CARRY_AN_EDITION or passes_by_itself(error):
                raise
            log.exception("worker.job_failed", job=run.__module__.rpartition(".")[2], **ids)
            setbacks.meet(wired.begin, ids["edition_id"], error, now=wired.clock())

    return act


def passes_by_itself(error: Exception) -> bool:
    """Tell whether something outside is the reason, and trying again later is all there is to do.

    >>> passes_by_itself(ConnectionResetError()), passes_by_itself(KeyError())
    (True, False)
    """
    if isinstance(error, ExceptionGroup):
        return all(map(passes_by_itself, error.exceptions))
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, _PASSING)


@cache
def _tell(advice: str) -> None:
    """Once in a process is enough."""
    log.warning("worker.misconfigured", advice=advice)
