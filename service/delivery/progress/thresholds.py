"""Pure: when an edition is going so wrong that it has to be stopped before all readers suffer.

What is counted is whose fault it is. A receiver that sees many mails to mailboxes that do not
exist, or many complaints, stops taking mail from the sender at all; a relay that refuses one mail
because of its own quota, or of how we are set up, refuses the next one for the same reason.
"""

import math
from collections import deque
from dataclasses import dataclass

from service.replies.classification import Fault, RefusalClassification

MIN_SAMPLE = 200
"""Mails that must have been handed over before shares mean anything; and how many of the last ones
are looked at while an edition goes out."""

MAX_CONSECUTIVE_REFUSALS = 20
"""Refusals without an acceptance between them after which nothing more is begun."""

TOLERANCE_FACTOR = 5
"""How many times more must have been handed over after each pause: somebody has seen the reason and
let the edition go on, and does not want to be asked again after every few hundred mails."""

MIN_COMPLAINTS = 3

SYSTEMIC_FAULTS = frozenset({Fault.SENDER, Fault.RELAY, Fault.UNKNOWN})
"""Faults that speak of an edition as a whole and of no single reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Shares of what was handed over, in per cent; 0 means never.

    `policy` counts refusals by the sender's, the relay's or an unknown fault.
    """

    hard_bounces: float = 5.0
    complaints: float = 0.1
    policy: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRates:
    """How an edition has gone so far, since somebody last let it go on."""

    accepted: int = 0
    # Refused by nobody's fault but ours, the relay's, or one that nobody knows.
    faults: int = 0
    # Refused at once because there is no such mailbox, and returned later for that.
    hard_bounces: int = 0
    complaints: int = 0
    refused: int = 0
    # How often it has paused itself before.
    own_pauses: int = 0

    @property
    def handed_over(self) -> int:
        """Return how many mails have an answer."""
        return self.accepted + self.refused

    @property
    def says_enough(self) -> bool:
        """Tell whether so many have an answer that the shares mean something."""
        needed: int = MIN_SAMPLE * TOLERANCE_FACTOR**self.own_pauses
        return self.handed_over >= needed


def reason_to_pause(course: FailureRates, limits: Thresholds) -> str | None:
    """Return why an edition has to be paused, in a sentence for the operator; None if it may go on.

    >>> reason_to_pause(Course(accepted=950, refused=50, faults=50), Thresholds())[:44]
    'Paused by itself: 5.0 % of the mails are ref'
    """
    if _lets_nobody_in(course, limits):
        return (
            f"Paused by itself: the first {course.refused} mails were all refused. Nobody was "
            "suppressed; look at the answers first."
        )
    total = course.handed_over
    if not course.says_enough:
        return None
    if _is_over(course.faults, total, limits.policy):
        return (
            f"Paused by itself: {_share(course.faults, total)} of the mails are refused for "
            "reasons that are not the readers'; look at the answers first."
        )
    if _is_over(course.hard_bounces, total, limits.hard_bounces):
        return (
            f"Paused by itself: {_share(course.hard_bounces, total)} of the mails come back or go "
            "to mailboxes that do not exist; check where these readers come from."
        )
    if course.complaints >= MIN_COMPLAINTS and _is_over(
        course.complaints, total, limits.complaints
    ):
        return (
            f"Paused by itself: {_share(course.complaints, total)} of the readers have complained "
            "about this edition."
        )
    return None


class RefusalMonitor:
    """The answers of one run, in their order, as they come: it stops before books are written.

    A run that sees twenty refusals in a row has lost twenty readers' mails and those that were
    under way on its other connections; what waits is not touched.
    """

    def __init__(self, limits: Thresholds, *, is_first: bool, own_pauses: int = 0) -> None:
        """Take whether nobody has had the edition since it was last let go on."""
        self._limits = limits
        self._is_first = is_first
        self._enough_at_first = _in_a_row(own_pauses)
        # After a pause somebody knows of a share of refusals; not so when nothing gets through.
        self._watches_share = own_pauses == 0
        # How many mails have an answer.
        self.answers = 0
        self._in_a_row = 0
        self._refused_at_first = 0
        # Which of the answers were refusals that are not the readers'.
        self._faults: deque[int] = deque()

    def accept(self) -> None:
        """Count a mail that was taken."""
        self.answers += 1
        self._in_a_row = 0
        self._is_first = False

    def refuse(self, cause: RefusalClassification | None, answer: str) -> str | None:
        """Count a refusal; return why the edition has to be paused, if it has to."""
        self.answers += 1
        if self._is_first:
            self._refused_at_first += 1
        if cause is not None and cause.fault in SYSTEMIC_FAULTS and self._limits.policy:
            self._in_a_row += 1
            self._faults.append(self.answers)
            while self._faults[0] <= self.answers - MIN_SAMPLE:
                self._faults.popleft()
            if self._in_a_row >= MAX_CONSECUTIVE_REFUSALS or self._is_frequent:
                return _blame(cause.fault, len(self._faults), answer)
        lets_nobody_in = self._is_first and self._refused_at_first >= self._enough_at_first
        if lets_nobody_in and self._limits.hard_bounces:
            return (
                f"Paused by itself: the first {self._refused_at_first} mails were all refused. "
                f"Nobody was suppressed. The last answer: {answer}"
            )
        return None

    @property
    def _is_frequent(self) -> bool:
        """Whether twice the share is reached: some are refused by chance now and then."""
        needed = max(
            MAX_CONSECUTIVE_REFUSALS, math.ceil(2 * MIN_SAMPLE * self._limits.policy / 100)
        )
        return self._watches_share and len(self._faults) >= needed


def _lets_nobody_in(course: FailureRates, limits: Thresholds) -> bool:
    """Tell whether nobody has got it of those who were tried."""
    if course.accepted:
        return False
    if limits.policy and course.faults >= MAX_CONSECUTIVE_REFUSALS:
        return True
    return limits.hard_bounces > 0 and course.refused >= _in_a_row(course.own_pauses)


def _in_a_row(own_pauses: int) -> int:
    """Return after how many refusals, whatever for, nobody is believed to get it.

    Each pause has been seen by somebody, who says by resuming that these mailboxes may be gone.
    """
    needed: int = MAX_CONSECUTIVE_REFUSALS * TOLERANCE_FACTOR**own_pauses
    return needed


def _blame(fault: Fault, count: int, answer: str) -> str:
    match fault:
        case Fault.RELAY:
            return (
                f"Paused by itself: {count} of the last mails were refused because of the relay, "
                f"not of the readers. The last answer: {answer}"
            )
        case Fault.SENDER:
            return (
                f"Paused by itself: {count} of the last mails were refused because of us as the "
                f"sender, not of the readers. The last answer: {answer}"
            )
        case _:
            return (
                f"Paused by itself: {count} of the last mails were refused in words that nobody "
                f"knows yet. The last answer: {answer}"
            )


def _is_over(part: int, total: int, per_cent: float) -> bool:
    return per_cent > 0 and part * 100 >= per_cent * total


def _share(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %"
