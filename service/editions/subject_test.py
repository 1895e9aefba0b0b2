"""The subject test that editors set for an edition before its freeze, and how it stands."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.editions import curate, queries
from service.editions import subject_test_queries as statements
from service.editions.curate import Editor
from service.editions.kind import EditionKind
from service.editions.lifecycle import SubjectTestState
from service.editions.subject_test_rules import (
    LEAST_PERCENT,
    MOST_PERCENT,
    SHORTEST_WAIT,
    SUBJECT_LENGTH,
    Measure,
    SubjectFigures,
    SubjectTestOutcome,
    SubjectTestPlan,
    longest_wait,
)
from service.editions.tables import SubjectTest
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails

URGENT = frozenset({EditionKind.ALERT, EditionKind.CORRECTION})
"""Kinds of editions that do not wait for a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTestDetails:
    """A subject test at one moment; the columns of `subject_test`, as `editions.tables` has them.

    `figures` are those of the decision or the cancellation, the first subject's before the
    second's; None before it. A cancelled test has no winner.
    """

    state: SubjectTestState
    plan: SubjectTestPlan
    readers: tuple[int, int]
    begins_at: datetime | None
    decides_at: datetime | None
    decided_at: datetime | None
    winner: int | None
    outcome: SubjectTestOutcome | None
    figures: tuple[SubjectFigures, SubjectFigures] | None

    @property
    def is_running(self) -> bool:
        """Whether readers outside the sample wait for its decision."""
        return self.state is SubjectTestState.RUNNING

    @property
    def has_begun(self) -> bool:
        """Whether messages with two subjects were sent, or are."""
        return self.begins_at is not None


def find_subject_test(session: Session, edition_id: int) -> SubjectTestDetails | None:
    """Return the subject test of an edition; None without one."""
    row = statements.find_row(session, edition_id)
    return None if row is None else _details(row)


def second_won(session: Session, edition_id: int) -> bool:
    """Return whether an edition's test has been decided for its second subject."""
    return statements.second_won(session, edition_id)


def set_subject_test(
    session: Session, edition_id: int, plan: SubjectTestPlan, editor: Editor, *, now: datetime
) -> None:
    """Let an edition be sent with two subjects, in place of what was set before.

    Raises:
        Invalid: there is no second subject, or a limit is not kept.
        Conflict: the edition is past its selection, or another editor has changed it.
    """
    edition = curate.begin_change(session, edition_id, editor, now=now)
    if edition.kind in URGENT:
        raise Invalid(translatable("edition.subject_test.urgent"))
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    _check(plan, newsletter)
    row = statements.find_row(session, edition_id, lock=True)
    if row is None:
        row = SubjectTest(edition_id=edition_id, state=SubjectTestState.PREPARED, seed=0)
        session.add(row)
    row.second_subject = " ".join(plan.second_subject.split())
    row.sample_percent, row.wait, row.measure = plan.sample_percent, plan.wait, plan.measure
    row.seed = secrets.randbits(63)
    queries.notify_progress(session, edition_id)


def clear_subject_test(session: Session, edition_id: int, editor: Editor, *, now: datetime) -> None:
    """Send an edition with its one subject; does nothing to one that has no test.

    Raises:
        Conflict: the edition is past its selection, or another editor has changed it.
    """
    curate.begin_change(session, edition_id, editor, now=now)
    statements.remove(session, edition_id)
    queries.notify_progress(session, edition_id)


def _check(plan: SubjectTestPlan, newsletter: NewsletterDetails) -> None:
    if not plan.second_subject.strip():
        raise Invalid(translatable("edition.subject_test.no_second"))
    if len(plan.second_subject) > SUBJECT_LENGTH:
        raise Invalid(translatable("edition.curate.long_subject", limit=SUBJECT_LENGTH))
    if not LEAST_PERCENT <= plan.sample_percent <= MOST_PERCENT:
        raise Invalid(
            translatable("edition.subject_test.sample", least=LEAST_PERCENT, most=MOST_PERCENT)
        )
    longest = longest_wait(newsletter.valid_for)
    if longest < SHORTEST_WAIT:
        raise Invalid(translatable("edition.subject_test.no_time"))
    if not SHORTEST_WAIT <= plan.wait <= longest:
        raise Invalid(
            translatable(
                "edition.subject_test.wait",
                least=_minutes(SHORTEST_WAIT),
                count=_minutes(longest),
            )
        )
    if plan.measure is Measure.OPENS and not newsletter.measures_opens:
        raise Invalid(translatable("edition.subject_test.opens"))


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds() // 60)


def _details(row: SubjectTest) -> SubjectTestDetails:
    figures = None
    if row.first_events is not None:
        figures = (
            SubjectFigures(row.first_accepted or 0, row.first_events or 0),
            SubjectFigures(row.second_accepted or 0, row.second_events or 0),
        )
    return SubjectTestDetails(
        state=row.state,
        plan=SubjectTestPlan(
            second_subject=row.second_subject,
            sample_percent=row.sample_percent,
            wait=row.wait,
            measure=row.measure,
        ),
        readers=(row.first_readers, row.second_readers),
        begins_at=row.begins_at,
        decides_at=row.decides_at,
        decided_at=row.decided_at,
        winner=row.winner,
        outcome=row.outcome,
        figures=figures,
    )
