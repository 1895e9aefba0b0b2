"""Pure: what a subject test may be, when it is decided, and which subject has won.

Two subjects are sent to a sample, half of it each. The one that more of its readers clicked (or
opened) goes to the rest. A tie, or no event at all, is decided for the first subject: it is what
would have been sent without a test. So is a test with more visitors than messages: its count is not
believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST, SECOND = 1, 2
"""The two subjects, as a delivery, a counted link and a winner name them."""

SUBJECTS_BY_NAME = {"first": FIRST, "second": SECOND}
"""What commands, forms and the API call them."""

SUBJECT_LENGTH = 200
LEAST_PERCENT, MOST_PERCENT = 2, 50
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=12)
LEAST_READERS = 50
"""Readers of each subject below which a difference says nothing: then there is no test."""
LEAST_AUDIENCE = LEAST_READERS * 200 // MOST_PERCENT
"""Readers of an edition below which the largest sample is too small."""

_SURE = 1.96
"""Standard errors that chance exceeds in one test of twenty."""


class Measure(StrEnum):
    """What decides a subject test: readers who followed a link, or whose program showed it."""

    CLICKS = "clicks"
    OPENS = "opens"


class SubjectTestOutcome(StrEnum):
    """Why a subject test ended as it did."""

    # More of its readers clicked or opened, by more or by less than chance explains.
    CLEAR = "clear"
    CLOSE = "close"
    TIE = "tie"
    NOTHING = "nothing"
    # A person chose the winner.
    CHOSEN = "chosen"
    # There was no test: the sample was too small, or the edition was cancelled.
    TOO_SMALL = "too_small"
    CANCELLED = "cancelled"
    # There were more visitors than messages.
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTestPlan:
    """What editors want: a second subject, its sample in percent, how long, and by what."""

    second_subject: str
    sample_percent: int
    wait: timedelta
    measure: Measure = Measure.CLICKS


@dataclass(frozen=True, slots=True)
class SubjectFigures:
    """Of one subject: messages that the relay accepted, and readers who clicked or opened."""

    accepted: int = 0
    events: int = 0

    @property
    def rate(self) -> float:
        """The share of the messages, between 0 and 1."""
        return min(self.events / self.accepted, 1.0) if self.accepted else 0.0

    @property
    def is_doubtful(self) -> bool:
        """Whether there are more visitors than messages: strangers or programs are among them."""
        return self.events > self.accepted


def longest_wait(valid_for: timedelta) -> timedelta:
    """Return how long a test may take: the rest has at least as long to be sent and be news."""
    return min(LONGEST_WAIT, valid_for / 2)


def decision_time(begins_at: datetime, wait: timedelta, *, expires_at: datetime | None) -> datetime:
    """Return when a test is decided that begins (or continues) at an instant and has `wait` left.

    At most half of what is left until the edition expires: the other half is for the rest.
    """
    if expires_at is None or expires_at <= begins_at:
        return begins_at + (wait if expires_at is None else timedelta(0))
    return begins_at + min(wait, (expires_at - begins_at) / 2)


def judge(first: SubjectFigures, second: SubjectFigures) -> tuple[int, SubjectTestOutcome]:
    """Return the winner and why; `CLOSE` means that the difference may be chance.

    >>> judge(SubjectFigures(500, 30), SubjectFigures(500, 60))
    (2, <SubjectTestOutcome.CLEAR: 'clear'>)
    """
    if not first.events and not second.events:
        return FIRST, SubjectTestOutcome.NOTHING
    if first.is_doubtful or second.is_doubtful:
        return FIRST, SubjectTestOutcome.DOUBTFUL
    if first.rate == second.rate:
        return FIRST, SubjectTestOutcome.TIE
    winner = FIRST if first.rate > second.rate else SECOND
    is_clear = _standard_errors(first, second) >= _SURE
    return winner, SubjectTestOutcome.CLEAR if is_clear else SubjectTestOutcome.CLOSE


def _standard_errors(first: SubjectFigures, second: SubjectFigures) -> float:
    """Return by how many standard errors two shares differ (the pooled z-test)."""
    if not first.accepted or not second.accepted:
        return 0.0
    total = first.accepted + second.accepted
    pooled = min((first.events + second.events) / total, 1.0)
    variance = pooled * (1 - pooled) * (1 / first.accepted + 1 / second.accepted)
    if variance <= 0:
        return 0.0
    return float(abs(first.rate - second.rate) / variance**0.5)


def expected_readers(readers: int, sample_percent: int) -> int:
    """Return about how many readers each subject has of an audience."""
    return readers * sample_percent // 200


def is_too_small(readers: Sequence[int]) -> bool:
    """Return whether one of the two subjects has too few readers to tell anything."""
    return min(readers, default=0) < LEAST_READERS
