"""A subject test while its edition is sent: it starts with the sample, and ends for the rest.

The decision is one transaction: the winner, its figures, and what lets the others go. They are not
leased before it, because the statement that leases says so; and a process that dies in the middle
has decided nothing.
"""

from datetime import datetime

from service.delivery.progress.queries.counters import accepted_by_subject
from service.delivery.workflow.queries import subject_tests as queries
from service.delivery.workflow.quiet_hours import wait_for_end
from service.editions import subject_test_steps, transitions
from service.editions.lifecycle import EditionState, SubjectTestState
from service.editions.locking import lock_edition
from service.editions.subject_test import find_subject_test
from service.editions.subject_test_rules import (
    SECOND,
    SubjectFigures,
    SubjectTestOutcome,
    judge,
)
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, SEND_EDITION
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.translatable import translatable
from service.measurement import count_visit


def due_subject_tests(session: Session, *, now: datetime) -> list[int]:
    """Return the editions whose test is to be decided now."""
    return queries.due_subject_tests(session, now=now)


def start_test(session: Session, edition_id: int, *, now: datetime) -> None:
    """Start the test of an edition that starts to be sent; does nothing without one."""
    begins_at = max(queries.sample_due_at(session, edition_id) or now, now)
    edition = lock_edition(session, edition_id)
    subject_test_steps.start_subject_test(session, edition, begins_at=begins_at)


def current_figures(session: Session, edition_id: int) -> tuple[SubjectFigures, SubjectFigures]:
    """Return what is known of both subjects of a test that is running."""
    accepted = accepted_by_subject(session, edition_id)
    return count_visit.subject_figures(session, edition_id, accepted=accepted)


def keep_cancelled_figures(session: Session) -> None:
    """Record the figures of tests that were cancelled, before their visits are removed."""
    for edition_id in queries.cancelled_without_figures(session):
        figures = current_figures(session, edition_id)
        subject_test_steps.keep_figures(session, edition_id, figures)


def decide_if_due(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Decide a test whose time is over; return False if it is not, or was decided already."""
    if edition_id not in queries.due_subject_tests(session, now=now):
        return False
    lock_edition(session, edition_id)
    found = find_subject_test(session, edition_id)
    if found is None or found.state is not SubjectTestState.RUNNING:
        return False
    decide(session, edition_id, now=now)
    return True


def decide(
    session: Session, edition_id: int, *, now: datetime, winner: int | None = None
) -> SubjectTestOutcome:
    """Decide a running test now: for the better subject, or for the one that a person chose.

    Raises:
        NotFound: there is no such edition.
        Conflict: it has no running test.
    """
    edition = lock_edition(session, edition_id)
    found = find_subject_test(session, edition_id)
    if found is None or found.state is not SubjectTestState.RUNNING:
        raise Conflict(translatable("edition.subject_test.not_running", edition=str(edition_id)))
    figures = current_figures(session, edition_id)
    better, outcome = judge(*figures)
    if winner is not None:
        better, outcome = winner, SubjectTestOutcome.CHOSEN
    subject_test_steps.decide_subject_test(
        session, edition_id, winner=better, outcome=outcome, figures=figures, now=now
    )
    count_visit.forget_visits(session, edition_id)
    if better == SECOND:
        # The web version has the first subject; what it becomes is also checked again.
        transitions.mark_unrendered(session, edition_id)
        outbox.enqueue(session, BUILD_EDITION.name, {"edition_id": edition_id}, now=now)
    if edition.state is EditionState.SENDING:
        outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now)
        wait_for_end(session, edition_id, now=now)
    return outcome
