"""One pass over everything that may be due.

Each step is one short transaction of its own, is harmless when another scheduler does the same
at the same time, and fails alone: the others still run, and the next tick tries again.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from service.articles import poll
from service.boot import Runtime
from service.delivery import home, sweep
from service.editions import desk, lapse, plan, revise
from service.jobs import (
    BUILD_EDITION,
    POLL_FEED,
    RECORD_OUTCOME,
    RECORD_REFUSALS,
    SEND_EDITION,
    SEND_NOTICE,
)
from service.kit import outbox
from service.kit.broker import BrokerAway, Job, waiting
from service.kit.db import DatabaseAway, Session
from service.kit.log import get_logger
from service.outcomes import record, refusals

log = get_logger(__name__)

Step = Callable[[Session, datetime], Collection[int]]

FULL = 200
"""Messages in a queue above which sweeping adds none: the workers are away or far behind, and
what they will find in PostgreSQL does not get lost."""


def _plan(session: Session, now: datetime) -> Collection[int]:
    return plan.plan_due(session, now=now) if home.may_send(session, now=now) else []


def _lapse(session: Session, now: datetime) -> Collection[int]:
    return lapse.lapse_due(session, now=now)


def _build(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, BUILD_EDITION, desk.under_construction(session), now=now)


def _revise(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, BUILD_EDITION, revise.due(session, now=now), now=now)


def _send(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, SEND_EDITION, sweep.due_editions(session, now=now), now=now)


def _notify(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, SEND_NOTICE, sweep.due_notices(session, now=now), now=now)


def _poll(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, POLL_FEED, poll.due_feeds(session, now=now), now=now)


def _record(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, RECORD_OUTCOME, record.unprocessed(session, now=now), now=now)


def _judge(session: Session, now: datetime) -> Collection[int]:
    return _ring_for(session, RECORD_REFUSALS, refusals.unread(session, now=now), now=now)


def _forget(session: Session, now: datetime) -> Collection[int]:
    return [record.tidy(session, now=now)]


STEPS: tuple[tuple[Job, Step], ...] = (
    # Before the slot is planned that may take their articles.
    (BUILD_EDITION, _lapse),
    (BUILD_EDITION, _plan),
    (BUILD_EDITION, _build),
    (BUILD_EDITION, _revise),
    (SEND_EDITION, _send),
    (SEND_NOTICE, _notify),
    (POLL_FEED, _poll),
    (RECORD_OUTCOME, _record),
    (RECORD_REFUSALS, _judge),
    (RECORD_OUTCOME, _forget),
)

IDS = {
    BUILD_EDITION: "edition_id",
    POLL_FEED: "feed_id",
    RECORD_OUTCOME: "report_id",
    RECORD_REFUSALS: "edition_id",
    SEND_EDITION: "edition_id",
    SEND_NOTICE: "notice_id",
}


def tick(runtime: Runtime) -> None:
    """Plan what is due, then ring for all work that waits.

    Without a broker workers take the doorbells from the outbox (`workers/unrung.py`).
    """
    queues = _Queues(runtime)
    for job, step in STEPS:
        try:
            if step not in {_lapse, _plan} and queues.are_full(job):
                log.warning("queue.full", queue=job.queue)
                continue
            with runtime.begin() as session:
                step(session, runtime.clock())
        except DatabaseAway as error:
            # Known and passing: what is due stays in PostgreSQL for the next tick.
            log.warning("scheduler.step_failed", step=job.name, error=type(error).__name__)
        except Exception:  # One of the four edges: a step fails alone and the daemon goes on.
            log.exception("scheduler.step_failed", step=job.name)


class _Queues:
    """How full they are; asked no more in a tick that has found the broker away."""

    def __init__(self, runtime: Runtime) -> None:
        self._broker = runtime.broker
        self._is_away = False

    def are_full(self, job: Job) -> bool:
        """Tell whether a job's messages pile up."""
        if self._is_away:
            return False
        try:
            return waiting(self._broker, job) >= FULL
        except BrokerAway as error:
            self._is_away = True
            log.warning("outbox.unreachable", error=type(error).__name__)
            return False


def _ring_for(
    session: Session, job: Job, ids: Collection[int], *, now: datetime
) -> Collection[int]:
    for found in ids:
        # Once: rows that nobody takes for an hour are as many as there is work, not as ticks.
        outbox.put_once(session, job.name, {IDS[job]: found}, now=now)
    return ids
