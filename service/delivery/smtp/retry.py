"""Pure: when to try again, and when to give up.

Delays grow, because a relay that says "later" to one message says it to thousands; they are spread
by a jitter drawn from the ids, so that a crowd deferred together does not come back together and
the same delivery always computes the same instant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from service.delivery.lifecycle import DeliveryState
from service.delivery.smtp.replies import (
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    MessageUncertain,
    TransactionResult,
)
from service.replies.classification import RefusalClassification, SmtpStage

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120))
"""The wait after each failed attempt; the last one repeats."""

JITTER = 0.25
"""The share by which a delay may be longer."""


UNCERTAIN_DELAY = timedelta(minutes=5)
"""How long an uncertain message rests before its second try: long enough for a relay to restart."""


class UncertainPolicy(StrEnum):
    """What becomes of a message whose connection died between the final dot and the answer.

    `retry`: it is sent once more, with the same Message-ID and the same bytes, so that a receiver
    may drop the duplicate: every reader gets it. `leave`: no reader gets it twice.
    """

    RETRY = "retry"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUpdate:
    """What is written into the row after a lease; `next_at` is None when it is final."""

    state: DeliveryState
    next_at: datetime | None = None
    reason: str | None = None
    reply: str = ""
    # Whether a transaction was tried; a delivery that was only put off is no attempt.
    counted: bool = True
    # Whether this transaction ended between the final dot and the answer.
    is_ambiguous: bool = False
    # Which command was answered, and what a 5xx to it means.
    stage: SmtpStage | None = None
    cause: RefusalClassification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptContext:
    """What is known of a delivery when its result comes: the attempts before this one."""

    ids: tuple[int, ...]
    expires_at: datetime
    attempts: int = 0
    ambiguous_attempts: int = 0
    when_uncertain: UncertainPolicy = UncertainPolicy.RETRY


def delay_after(attempts: int, *, ids: tuple[int, ...]) -> timedelta:
    """Return how long to wait after the `attempts`-th attempt failed."""
    base = DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]
    seed = ":".join(str(part) for part in (*ids, attempts)).encode()
    draw = int.from_bytes(blake2b(seed, digest_size=4).digest()) / 2**32
    return base * (1 + JITTER * draw)


def resolve_attempt(
    result: TransactionResult, known: AttemptContext, *, now: datetime
) -> DeliveryUpdate:
    """Turn a transaction's result into a state, and a deferral into its next instant.

    Once a message may have gone out, only an acceptance or a refusal makes it certain.
    """
    match result:
        case MessageAccepted(reply=reply):
            return DeliveryUpdate(state=DeliveryState.ACCEPTED, reply=reply)
        case MessageRefused(reason=reason, reply=reply, stage=stage, cause=cause):
            return DeliveryUpdate(
                state=DeliveryState.REFUSED, reason=reason, reply=reply, stage=stage, cause=cause
            )
        case MessageUncertain(reason=reason, reply=reply, stage=stage):
            again = known.when_uncertain is UncertainPolicy.RETRY and not known.ambiguous_attempts
            next_at = _in_time(now + UNCERTAIN_DELAY, known) if again else None
            return DeliveryUpdate(
                state=DeliveryState.UNCERTAIN,
                next_at=next_at,
                reason=reason,
                reply=reply,
                is_ambiguous=True,
                stage=stage,
            )
        case MessageDeferred(reason=reason, reply=reply, stage=stage, cause=cause):
            next_at = _in_time(now + delay_after(known.attempts + 1, ids=known.ids), known)
            return DeliveryUpdate(
                state=_unless_ambiguous(
                    DeliveryState.DEFERRED if next_at else DeliveryState.EXPIRED,
                    known.ambiguous_attempts,
                ),
                next_at=next_at,
                reason=reason,
                reply=reply,
                stage=stage,
                cause=cause,
            )


def end_without_attempt(
    state: DeliveryState, reason: str, *, ambiguous_attempts: int
) -> DeliveryUpdate:
    """End a delivery without a transaction: its reader has left, or it is late."""
    return DeliveryUpdate(
        state=_unless_ambiguous(state, ambiguous_attempts), reason=reason, counted=False
    )


def postpone(reason: str, until: datetime, *, ambiguous_attempts: int) -> DeliveryUpdate:
    """Let a delivery wait for its turn; that is no attempt."""
    return DeliveryUpdate(
        state=_unless_ambiguous(DeliveryState.DEFERRED, ambiguous_attempts),
        next_at=until,
        reason=reason,
        counted=False,
    )


def _in_time(instant: datetime, known: AttemptContext) -> datetime | None:
    return instant if instant < known.expires_at else None


def _unless_ambiguous(state: DeliveryState, ambiguous_attempts: int) -> DeliveryState:
    return DeliveryState.UNCERTAIN if ambiguous_attempts else state
