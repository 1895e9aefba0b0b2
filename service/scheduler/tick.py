"""One pass over everything that may be due.

Each step is one short transaction of its own, is harmless when another scheduler does the same
at the same time, and fails alone: the others still run, and the next tick tries again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from service.articles import poll
from service.boot import Runtime
from service.delivery import sweep
from service.editions import desk, plan
from service.jobs import BUILD_EDITION, POLL_FEED, RECORD_OUTCOME, SEND_EDITION, SEND_NOTICE
from service.kit.broker import Job, ring
from service.outcomes import record

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Work found by looking, in case its doorbell was lost: which job, and for which ids."""

    job: Job
    id_name: str
    find: Callable[[Session, datetime], list[int]]


SWEEPS = (
    Sweep(POLL_FEED, "feed_id", lambda session, now: poll.due_feeds(session, now=now)),
    Sweep(BUILD_EDITION, "edition_id", lambda session, _: desk.under_construction(session)),
    Sweep(SEND_EDITION, "edition_id", lambda session, now: sweep.due_editions(session, now=now)),
    Sweep(SEND_NOTICE, "notice_id", lambda session, now: sweep.due_notices(session, now=now)),
    Sweep(RECORD_OUTCOME, "report_id", lambda session, now: record.unprocessed(session, now=now)),
)


def tick(runtime: Runtime) -> None:
    """Plan what is due, then ring for all work that waits."""
    _step("plan", lambda: _plan(runtime))
    for each in SWEEPS:
        _step(each.job.name, lambda each=each: _sweep(runtime, each))  # type: ignore[misc]


def _plan(runtime: Runtime) -> None:
    with runtime.begin() as session:
        plan.plan_due(session, now=runtime.clock())


def _sweep(runtime: Runtime, each: Sweep) -> None:
    with runtime.begin() as session:
        ids = each.find(session, runtime.clock())
    for found in ids:
        args: Mapping[str, int] = {each.id_name: found}
        ring(runtime.broker, each.job, args)


def _step(name: str, run: Callable[[], None]) -> None:
    try:
        run()
    except Exception:  # One of the four edges: a failing step is logged and the daemon goes on.
        log.exception("scheduler.step_failed", step=name)
