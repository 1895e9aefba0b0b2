"""One pass over everything that may be due.

Each step is a short transaction of its own, is harmless when another scheduler does the same at
the same time, and fails alone: the other steps still run, and the next tick tries again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from service import metrics
from service.articles.feeds import poll, take_push
from service.articles.full_text import fetch_full_text
from service.articles.websub import ask_hub
from service.boot import Runtime
from service.delivery.enrolment import change_frequency
from service.delivery.guard import sending_guard
from service.delivery.trials import request_trial
from service.delivery.workflow import due_work, move_readers, subject_tests
from service.editions import drafts, lapse, plan, revise
from service.editions.find import editions_under_construction
from service.jobs.catalogue import (
    ASK_HUB,
    BUILD_EDITION,
    DECIDE_SUBJECT,
    FETCH_FULL_TEXT,
    MOVE_READERS,
    POLL_FEED,
    RECORD_OUTCOME,
    RECORD_REFUSALS,
    SEND_EDITION,
    SEND_NOTICE,
    SEND_TRIAL,
    TAKE_PUSH,
    Job,
)
from service.jobs.sweep import QueueLengths, Sweep
from service.kit.db import DatabaseUnavailable, Session
from service.kit.log import get_logger
from service.measurement import count_visit
from service.outcomes import classify_refusals as refusals
from service.outcomes import process_reports as record

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TickStep:
    """One transaction of a tick."""

    name: str
    act: Callable[[Session, datetime], None]
    job: Job | None = None
    """The job whose queue is checked first: while it is full, the step is skipped."""


def _sweep(name: str, job: Job, find: Callable[[Session, datetime], list[int]]) -> TickStep:
    return TickStep(name, Sweep(job, find).enqueue_found, job)


def _lapse_editions(session: Session, now: datetime) -> None:
    lapse.lapse_due(session, now=now)


def _move_stranded_readers(session: Session, now: datetime) -> None:
    change_frequency.move_stranded_readers(session, now=now)


def _plan_editions(session: Session, now: datetime) -> None:
    if sending_guard.may_send(session, now=now):
        plan.plan_due(session, now=now)


def _open_drafts(session: Session, now: datetime) -> None:
    drafts.open_drafts(session, now=now)


def _purge_raw_reports(session: Session, now: datetime) -> None:
    record.purge_raw_reports(session, now=now)


def _purge_trials(session: Session, now: datetime) -> None:
    request_trial.purge_trials(session, now=now)


def _purge_visits(session: Session, now: datetime) -> None:
    del now
    subject_tests.keep_cancelled_figures(session)
    count_visit.purge_visits(session)


STEPS: tuple[TickStep, ...] = (
    # Before a slot is planned that may take their articles.
    TickStep("lapse_editions", _lapse_editions),
    # Before a slot is planned that is theirs from now on.
    TickStep("move_stranded_readers", _move_stranded_readers),
    # Planning enqueues its own job, and does not depend on how full a queue is.
    TickStep("plan_editions", _plan_editions),
    # After planning: a draft is for a slot to come.
    TickStep("open_drafts", _open_drafts),
    _sweep(
        "build_editions", BUILD_EDITION, lambda session, _: editions_under_construction(session)
    ),
    _sweep(
        "revise_editions",
        BUILD_EDITION,
        lambda session, now: revise.due_revisions(session, now=now),
    ),
    _sweep("move_readers", MOVE_READERS, lambda session, _: move_readers.unfinished_moves(session)),
    # Before sending: what is decided now can be sent now.
    _sweep(
        "decide_subjects",
        DECIDE_SUBJECT,
        lambda session, now: subject_tests.due_subject_tests(session, now=now),
    ),
    _sweep(
        "send_editions",
        SEND_EDITION,
        lambda session, now: due_work.due_editions(session, now=now),
    ),
    _sweep(
        "send_notices", SEND_NOTICE, lambda session, now: due_work.due_notices(session, now=now)
    ),
    _sweep("poll_feeds", POLL_FEED, lambda session, now: poll.due_feeds(session, now=now)),
    _sweep("ask_hubs", ASK_HUB, lambda session, now: ask_hub.due_subscriptions(session, now=now)),
    _sweep(
        "take_pushes",
        TAKE_PUSH,
        lambda session, now: take_push.waiting_pushes(session, now=now),
    ),
    _sweep(
        "fetch_full_texts",
        FETCH_FULL_TEXT,
        lambda session, now: fetch_full_text.due_full_texts(session, now=now),
    ),
    _sweep(
        "process_reports",
        RECORD_OUTCOME,
        lambda session, now: record.unprocessed_reports(session, now=now),
    ),
    _sweep(
        "classify_refusals",
        RECORD_REFUSALS,
        lambda session, now: refusals.editions_with_unclassified_refusals(session, now=now),
    ),
    _sweep(
        "send_trials",
        SEND_TRIAL,
        lambda session, now: request_trial.due_trials(session, now=now),
    ),
    TickStep("purge_raw_reports", _purge_raw_reports, RECORD_OUTCOME),
    TickStep("purge_trials", _purge_trials),
    TickStep("purge_visits", _purge_visits),
)


def tick(runtime: Runtime) -> None:
    """Plan what is due, then enqueue jobs for all work that waits.

    While the broker is unavailable workers run jobs from the outbox
    (`workers/outbox_fallback.py`).
    """
    started = monotonic()
    queues = QueueLengths(runtime.broker)
    for step in STEPS:
        try:
            if step.job is not None and queues.is_full(step.job):
                log.warning("queue.full", queue=step.job.queue)
                continue
            with runtime.begin() as session:
                step.act(session, runtime.clock())
        except DatabaseUnavailable as error:
            # Known and temporary: what is due stays in PostgreSQL for the next tick.
            log.warning("scheduler.step_failed", step=step.name, error=type(error).__name__)
            metrics.TICK_STEP_FAILURES.inc(step=step.name)
        except Exception:  # An edge: a step fails alone and the daemon continues.
            log.exception("scheduler.step_failed", step=step.name)
            metrics.TICK_STEP_FAILURES.inc(step=step.name)
    metrics.TICK_DURATION.observe(monotonic() - started)
