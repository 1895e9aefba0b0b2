"""Adapts an actor's function for dramatiq: gives it the runtime and handles its failures.

Work that fails stays in PostgreSQL, and the sweep enqueues it again and again. A missing setting is
reported once, because a traceback each time would bury the one sentence that helps; that no relay
is configured is shown on the console's first page, too. An edition that fails is counted, and
paused after several failures; other work is set aside (`repeated_failures.py`). A temporary
condition, such as an unavailable database, is not counted and is tried again as long as it lasts.
"""

from collections.abc import Callable
from time import monotonic

from service import metrics
from service.boot import Runtime
from service.delivery import relay_incidents
from service.delivery.workflow import failures
from service.delivery.workflow.failures import is_transient
from service.kit.errors import CrieurError, Misconfigured
from service.kit.log import get_logger
from workers import build_edition, repeated_failures, send_edition

log = get_logger(__name__)


def _count_edition_failure(runtime: Runtime, error: Exception, *, edition_id: int) -> None:
    failures.record_failure(runtime.begin, edition_id, error, now=runtime.clock())


FAILURE_HANDLERS: dict[Callable[..., None], Callable[..., None]] = {
    build_edition.run: _count_edition_failure,
    send_edition.run: _count_edition_failure,
    **repeated_failures.FAILURE_HANDLERS,
}
"""What follows a job's failure, where that is more than a line in the log."""


def adapt_actor(
    run: Callable[..., None], runtime: Runtime, *, reported: set[str] | None = None
) -> Callable[..., None]:
    """Return the function that dramatiq calls with a job's ids.

    `reported` holds the sentences about settings that this process has logged already.
    """
    reported = set() if reported is None else reported
    job = run.__module__.rpartition(".")[2]

    def act(**ids: int) -> None:
        started, result = monotonic(), "failed"
        try:
            run(runtime, **ids)
            result = "done"
        except Misconfigured as error:
            result = "misconfigured"
            if str(error) not in reported:
                reported.add(str(error))
                log.warning("worker.misconfigured", advice=str(error))
            if not runtime.relays:
                with runtime.begin() as session:
                    relay_incidents.record_missing_relay(session, now=runtime.clock())
        except Exception as error:
            handle = FAILURE_HANDLERS.get(run)
            if handle is None or is_transient(error):
                raise
            # An error of our own says everything in its sentence, which becomes the note.
            if not isinstance(error, CrieurError):
                log.exception("worker.job_failed", job=job, **ids)
            handle(runtime, error, **ids)
        finally:
            metrics.JOBS.inc(job=job, result=result)
            metrics.JOB_DURATION.observe(monotonic() - started, job=job)

    return act
