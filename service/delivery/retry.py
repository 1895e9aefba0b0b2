"""Pure: when to try again, and when to give up.

Delays grow, because a relay that says "later" to one mail says it to thousands; they are spread
by a jitter drawn from the ids, so that a crowd deferred together does not come back together and
the same delivery always computes the same instant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from service.delivery.lifecycle import State
from service.delivery.reply import Accepted, Deferred, Refused, Result, Uncertain

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120))
"""The wait after each failed attempt; the last one repeats."""

JITTER = 0.25
"""The share by which a delay may be longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is written into the row after an attempt; `next_at` is None when it is final."""

    state: State
    next_at: datetime | None = None
    reason: str | None = None
    reply: str = ""


def delay_after(attempts: int, *, ids: tuple[int, ...]) -> timedelta:
    """Return how long to wait after the `attempts`-th attempt failed."""
    base = DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]
    seed = ":".join(str(part) for part in (*ids, attempts)).encode()
    draw = int.from_bytes(blake2b(seed, digest_size=4).digest()) / 2**32
    return base * (1 + JITTER * draw)


def settle(
    result: Result, *, attempts: int, ids: tuple[int, ...], now: datetime, expires_at: datetime
) -> Settlement:
    """Turn a transaction's result into a state, and a deferral into its next instant."""
    match result:
        case Accepted(reply=reply):
            return Settlement(state=State.ACCEPTED, reply=reply)
        case Refused(reason=reason, reply=reply):
            return Settlement(state=State.REFUSED, reason=reason, reply=reply)
        case Uncertain(reason=reason, reply=reply):
            return Settlement(state=State.UNCERTAIN, reason=reason, reply=reply)
        case Deferred(reason=reason, reply=reply):
            next_at = now + delay_after(attempts, ids=ids)
            if next_at < expires_at:
                return Settlement(state=State.DEFERRED, next_at=next_at, reason=reason, reply=reply)
            return Settlement(state=State.EXPIRED, reason=reason, reply=reply)
