"""Pure: when an edition fails so often that it is paused before all its readers are affected.

Failures are counted by whose fault they are. A mailbox provider that sees many messages to unknown
mailboxes, or many complaints, stops accepting mail from the sender at all; a relay that refuses one
message because of its own quota, or of our setup, refuses the next one for the same reason.
"""

import math
from collections import deque
from dataclasses import dataclass

from service.kit.translatable import TranslatableMessage, translatable
from service.replies.classification import Fault, RefusalClassification

MIN_SAMPLE = 200
"""Messages that must have an answer before a percentage means anything; also the size of the
window of latest answers that is watched during a send."""

MAX_CONSECUTIVE_REFUSALS = 20
"""Refusals without an acceptance between them after which a run starts no more messages."""

TOLERANCE_FACTOR = 5
"""Factor by which the sample grows with each automatic pause: an operator who has seen the reason
and resumed the edition does not want to be interrupted after every few hundred messages."""

MIN_COMPLAINTS = 3

SYSTEMIC_FAULTS = frozenset({Fault.SENDER, Fault.RELAY, Fault.UNKNOWN})
"""Faults that concern an edition as a whole and not a single reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Percentages of the messages with an answer from which on an edition pauses; 0 means never.

    `policy` counts refusals that are the sender's, the relay's or an unknown fault.
    """

    hard_bounces: float = 5.0
    complaints: float = 0.1
    policy: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRates:
    """Counts of an edition's successes and failures since it was last resumed."""

    accepted: int = 0
    # Refused by our own, the relay's or an unknown fault.
    faults: int = 0
    # Unknown mailboxes: refused immediately, or bounced later.
    hard_bounces: int = 0
    complaints: int = 0
    refused: int = 0
    # How often it was paused automatically before.
    own_pauses: int = 0

    @property
    def answered(self) -> int:
        """The number of messages with an answer."""
        return self.accepted + self.refused

    @property
    def is_significant(self) -> bool:
        """Whether enough messages have an answer for a percentage to mean something."""
        needed: int = MIN_SAMPLE * TOLERANCE_FACTOR**self.own_pauses
        return self.answered >= needed


def reason_to_pause(rates: FailureRates, limits: Thresholds) -> TranslatableMessage | None:
    """Return why an edition must be paused, for operators; None if it may continue.

    >>> reason_to_pause(FailureRates(accepted=950, refused=50, faults=50), Thresholds()).key
    'edition.refused.share'
    """
    if _is_refused_everywhere(rates, limits):
        return translatable("edition.refused.all", count=rates.refused)
    total = rates.answered
    if not rates.is_significant:
        return None
    if _is_over(rates.faults, total, limits.policy):
        return translatable("edition.refused.share", share=_per_cent(rates.faults, total))
    if _is_over(rates.hard_bounces, total, limits.hard_bounces):
        return translatable("edition.refused.bounced", share=_per_cent(rates.hard_bounces, total))
    if rates.complaints >= MIN_COMPLAINTS and _is_over(rates.complaints, total, limits.complaints):
        return translatable("edition.refused.complaints", share=_per_cent(rates.complaints, total))
    return None


class RefusalMonitor:
    """Watches the answers of one run as they arrive, before they are committed.

    A run that sees twenty refusals in a row has lost the messages to twenty readers and those in
    flight on its other connections; what still waits is not touched.
    """

    def __init__(self, limits: Thresholds, *, is_first: bool, own_pauses: int = 0) -> None:
        """`is_first`: no message was accepted since the edition was last resumed."""
        self._limits = limits
        self._is_first = is_first
        self._enough_at_first = _refusals_in_a_row(own_pauses)
        # After a pause the operator knows of a share of refusals; not so when nothing gets through.
        self._watches_share = own_pauses == 0
        # How many messages have an answer.
        self.answers = 0
        self._in_a_row = 0
        self._refused_at_first = 0
        # Which of the answers were refusals by a systemic fault, by their number.
        self._faults: deque[int] = deque()

    def record_acceptance(self) -> None:
        """Count an accepted message."""
        self.answers += 1
        self._in_a_row = 0
        self._is_first = False

    def record_refusal(
        self, cause: RefusalClassification | None, reply: str | TranslatableMessage
    ) -> TranslatableMessage | None:
        """Count a refusal; return why the edition must be paused, None if it may continue."""
        self.answers += 1
        if self._is_first:
            self._refused_at_first += 1
        if cause is not None and cause.fault in SYSTEMIC_FAULTS and self._limits.policy:
            self._in_a_row += 1
            self._faults.append(self.answers)
            while self._faults[0] <= self.answers - MIN_SAMPLE:
                self._faults.popleft()
            if self._in_a_row >= MAX_CONSECUTIVE_REFUSALS or self._is_frequent:
                return _reason_for(cause.fault, len(self._faults), reply)
        is_refused_everywhere = self._is_first and self._refused_at_first >= self._enough_at_first
        if is_refused_everywhere and self._limits.hard_bounces:
            return translatable(
                "edition.refused.all_so_far", count=self._refused_at_first, reply=reply
            )
        return None

    @property
    def _is_frequent(self) -> bool:
        """Whether twice the threshold is reached: a few refusals in the window are chance."""
        needed = max(
            MAX_CONSECUTIVE_REFUSALS, math.ceil(2 * MIN_SAMPLE * self._limits.policy / 100)
        )
        return self._watches_share and len(self._faults) >= needed


def _is_refused_everywhere(rates: FailureRates, limits: Thresholds) -> bool:
    """Return whether every message so far was refused."""
    if rates.accepted:
        return False
    if limits.policy and rates.faults >= MAX_CONSECUTIVE_REFUSALS:
        return True
    return limits.hard_bounces > 0 and rates.refused >= _refusals_in_a_row(rates.own_pauses)


def _refusals_in_a_row(own_pauses: int) -> int:
    """Return how many refusals for any reason, without an acceptance, pause an edition.

    An operator who resumes it after a pause confirms that these mailboxes may be gone.
    """
    needed: int = MAX_CONSECUTIVE_REFUSALS * TOLERANCE_FACTOR**own_pauses
    return needed


def _reason_for(fault: Fault, count: int, reply: str | TranslatableMessage) -> TranslatableMessage:
    match fault:
        case Fault.RELAY:
            return translatable("edition.refused.relay", count=count, reply=reply)
        case Fault.SENDER:
            return translatable("edition.refused.sender", count=count, reply=reply)
        case _:
            return translatable("edition.refused.unknown", count=count, reply=reply)


def _is_over(part: int, total: int, per_cent: float) -> bool:
    return per_cent > 0 and part * 100 >= per_cent * total


def _per_cent(part: int, total: int) -> float:
    return 100 * part / total
