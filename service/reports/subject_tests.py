"""How a subject test stands: both subjects with their figures, when it is decided, and who won."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from service.delivery.workflow.subject_tests import current_figures
from service.editions.curated import edition_text
from service.editions.find import edition_articles
from service.editions.frozen import FrozenNewsletter
from service.editions.read_models import EditionDetails
from service.editions.subject_test import SubjectTestDetails, find_subject_test
from service.editions.subject_test_rules import (
    FIRST,
    SECOND,
    SUBJECTS_BY_NAME,
    SubjectFigures,
    SubjectTestOutcome,
    expected_readers,
)
from service.kit.db import Session
from service.newsletters.frequency import Frequency
from service.reports.reader_counts import ReaderCounts

_NAMES = {number: name for name, number in SUBJECTS_BY_NAME.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectReport:
    """One of the two subjects; its text is None where each reader's first headline is it."""

    number: int
    text: str | None
    readers: int
    figures: SubjectFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTestReport:
    """A subject test with what is known of it now, or was when it was decided."""

    test: SubjectTestDetails
    subjects: tuple[SubjectReport, SubjectReport]

    @property
    def is_doubtful(self) -> bool:
        """Whether a subject has more visitors than messages: its count is not believed."""
        return any(each.figures.is_doubtful for each in self.subjects)


def get_subject_test(session: Session, edition: EditionDetails) -> SubjectTestReport | None:
    """Return the report of an edition's subject test; None without one."""
    found = find_subject_test(session, edition.id)
    if found is None:
        return None
    figures = _figures(session, edition.id, found)
    texts = (_first_subject(session, edition), found.plan.second_subject)
    first, second = (
        SubjectReport(number=number, text=text, readers=readers, figures=each)
        for number, text, readers, each in zip(
            (FIRST, SECOND), texts, found.readers, figures, strict=True
        )
    )
    return SubjectTestReport(test=found, subjects=(first, second))


def expected_sample(counts: ReaderCounts, frequency: Frequency | None, sample_percent: int) -> int:
    """Return about how many readers each subject would have; no frequency means all readers."""
    return expected_readers(expected_audience(counts, frequency), sample_percent)


def expected_audience(counts: ReaderCounts, frequency: Frequency | None) -> int:
    """Return about how many readers an edition would have; no frequency means all readers."""
    if frequency is not None:
        return counts.by_frequency.get(frequency, 0)
    return counts.states.get("active", 0)


def _figures(
    session: Session, edition_id: int, found: SubjectTestDetails
) -> tuple[SubjectFigures, SubjectFigures]:
    kept = found.figures
    if not found.has_begun:
        return SubjectFigures(), SubjectFigures()
    if kept is not None and found.outcome is not SubjectTestOutcome.CANCELLED:
        return kept
    first, second = current_figures(session, edition_id)
    if kept is None:
        return first, second
    # Messages that were in flight were accepted after the cancellation was recorded.
    return replace(first, events=kept[0].events), replace(second, events=kept[1].events)


def _first_subject(session: Session, edition: EditionDetails) -> str | None:
    if not edition.frozen:
        return edition_text(session, edition.id).subject
    written = FrozenNewsletter.from_json(edition.frozen).text.subject
    if written:
        return written
    headlines = (
        each.frozen.get("title")
        for each in edition_articles(session, edition.id)
        if each.article.withdrawn_at is None
    )
    return next((title for title in headlines if title), None)


def subject_test_json(report: SubjectTestReport | None) -> dict[str, Any] | None:
    """Return a subject test as commands and the API show it: instants in UTC, rates from 0 to 1."""
    if report is None:
        return None
    test = report.test
    return {
        "state": test.state,
        "measure": test.plan.measure,
        "sample_percent": test.plan.sample_percent,
        "wait_minutes": int(test.plan.wait.total_seconds() // 60),
        "decides_at": _iso(test.decides_at),
        "decided_at": _iso(test.decided_at),
        "winner": _NAMES[test.winner] if test.winner else None,
        "outcome": test.outcome,
        "is_doubtful": report.is_doubtful,
        **{_NAMES[each.number]: _subject_json(each) for each in report.subjects},
    }


def _subject_json(tested: SubjectReport) -> dict[str, Any]:
    return {
        "subject": tested.text,
        "readers": tested.readers,
        "accepted": tested.figures.accepted,
        "events": tested.figures.events,
        "rate": round(tested.figures.rate, 4),
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None
