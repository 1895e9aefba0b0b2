"""What becomes of a subject test: frozen, counted, begun, moved, and decided once.

Every step locks the test's row, and each change of its state is a transition of its lifecycle.
"""

from datetime import datetime, timedelta

from service.editions import queries
from service.editions import subject_test_queries as statements
from service.editions.lifecycle import SubjectTestState
from service.editions.subject_test_rules import (
    FIRST,
    Measure,
    SubjectFigures,
    SubjectTestOutcome,
    decision_time,
    is_too_small,
)
from service.editions.tables import Edition, SubjectTest
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import catalogue

log = get_logger(__name__)


def freeze_subject_test(session: Session, edition: Edition) -> str | None:
    """Return the second subject that a locked edition freezes; None without a test.

    If the newsletter no longer allows opens to be measured, clicks decide.
    """
    row = statements.find_row(session, edition.id, lock=True)
    if row is None or row.state is not SubjectTestState.PREPARED:
        return None
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    if row.measure is Measure.OPENS and not newsletter.measures_opens:
        row.measure = Measure.CLICKS
    return row.second_subject


def count_sample(
    session: Session, edition_id: int, *, first: int, second: int, complete: bool, now: datetime
) -> bool:
    """Count enrolled readers of each subject; return False if they are too few for a test.

    That is known when the audience is complete: then there is no test, and the first subject is
    everybody's.
    """
    readers = statements.add_readers(session, edition_id, first=first, second=second)
    if not complete or not is_too_small(readers):
        return True
    row = statements.find_row(session, edition_id, lock=True)
    if row is not None:
        _end(row, SubjectTestState.DROPPED, SubjectTestOutcome.TOO_SMALL, winner=FIRST, now=now)
        log.info("edition.subject_test_dropped", edition=edition_id, readers=sum(readers))
    return False


def start_subject_test(session: Session, edition: Edition, *, begins_at: datetime) -> None:
    """Start the test of a locked edition that starts to be sent; does nothing without one.

    `begins_at` is when its sample begins.
    """
    row = statements.find_row(session, edition.id, lock=True)
    if row is None or row.state is not SubjectTestState.PREPARED:
        return
    row.state = SubjectTestState.RUNNING
    row.begins_at = begins_at
    expires_at = _expires_at(session, edition)
    row.decides_at = decision_time(begins_at, row.wait, expires_at=expires_at)
    log.info("edition.subject_test_started", edition=edition.id)


def continue_subject_test(
    session: Session, edition: Edition, *, stopped_at: datetime, continues_at: datetime
) -> None:
    """Give a running test as much time as it had left when its locked edition stopped."""
    row = statements.find_row(session, edition.id, lock=True)
    if row is None or row.state is not SubjectTestState.RUNNING or row.decides_at is None:
        return
    left = max(row.decides_at - stopped_at, timedelta(0))
    expires_at = _expires_at(session, edition)
    row.decides_at = decision_time(continues_at, left, expires_at=expires_at)


def _expires_at(session: Session, edition: Edition) -> datetime | None:
    if edition.expires_at is not None or edition.frozen_at is None:
        return edition.expires_at
    return edition.frozen_at + catalogue.get_by_id(session, edition.newsletter_id).valid_for


def decide_subject_test(
    session: Session,
    edition_id: int,
    *,
    winner: int,
    outcome: SubjectTestOutcome,
    figures: tuple[SubjectFigures, SubjectFigures],
    now: datetime,
) -> None:
    """Record the winner of a running test and what was known.

    Raises:
        Conflict: it is not running.
    """
    row = statements.find_row(session, edition_id, lock=True)
    if row is None or row.state is not SubjectTestState.RUNNING:
        raise Conflict(translatable("edition.subject_test.not_running", edition=str(edition_id)))
    _record(row, figures)
    _end(row, SubjectTestState.DECIDED, outcome, winner=winner, now=now)
    queries.notify_progress(session, edition_id)
    log.info("edition.subject_decided", edition=edition_id, winner=winner, outcome=outcome)


def drop_subject_test(session: Session, edition_id: int, *, now: datetime) -> None:
    """End the test of an edition that is cancelled; does nothing without an undecided one."""
    row = statements.find_row(session, edition_id, lock=True)
    if row is not None and row.state not in {SubjectTestState.DECIDED, SubjectTestState.DROPPED}:
        _end(row, SubjectTestState.DROPPED, SubjectTestOutcome.CANCELLED, now=now)


def keep_figures(
    session: Session, edition_id: int, figures: tuple[SubjectFigures, SubjectFigures]
) -> None:
    """Record what was known of a test that was cancelled; does nothing to any other."""
    row = statements.find_row(session, edition_id, lock=True)
    if row is not None and row.state is SubjectTestState.DROPPED:
        _record(row, figures)


def _record(row: SubjectTest, figures: tuple[SubjectFigures, SubjectFigures]) -> None:
    first, second = figures
    row.first_accepted, row.second_accepted = first.accepted, second.accepted
    row.first_events, row.second_events = first.events, second.events


def _end(
    row: SubjectTest,
    state: SubjectTestState,
    outcome: SubjectTestOutcome,
    *,
    winner: int | None = None,
    now: datetime,
) -> None:
    row.state = state
    row.winner, row.outcome, row.decided_at = winner, outcome, now
