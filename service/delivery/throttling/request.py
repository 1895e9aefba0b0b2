"""Pure: what a process asks of the throttle, and what it is answered.

The limits themselves are decided in `throttle.lua`, or in `local_share.py` while Redis is away. All
durations are microseconds.
"""

from dataclasses import dataclass

SECOND = 1_000_000
MINUTE = 60 * SECOND

FLOOR = 1 / 32
"""The slowest that a back-off makes a provider, as a share of its rate."""

RESERVE = 0.1
"""The share of a bucket that bulk leaves for confirmation messages."""

GAP = 10 * SECOND
"""Back-offs of one provider within this time count once: the messages were in flight together."""

DAY_LIMIT_WAIT = 60 * MINUTE
"""The wait for the rest of a day's limit: asking again in an hour loses little of the next day."""

SENDER_TIMEOUT = 5 * SECOND
"""How long after its last question a run still counts as one that sends to a provider."""

PROCESS_TIMEOUT = 10 * MINUTE
"""How long after its last question a process still counts as one that sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleClaim:
    """One provider, how many messages are wanted, and its limits; 0 is no limit."""

    key: str
    want: int
    per_minute: float = 0
    # The rate that a back-off works on where there is no other.
    slowed: float = 0
    in_flight: int = 0
    # A limit for one day stands under a key of its own; -1 means that there is none.
    day_key: str = ""
    day_limit: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLimit:
    """A limit on the sum of everything that one question is granted."""

    key: str
    per_minute: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """What a provider's reply asked for: go slower, or stop, for so long."""

    key: str
    stop: bool
    lasts: int
    # The domain itself where it has no rule: other processes must learn that it is slowed.
    watch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRate:
    """How a provider gets its rate back: the share added in a microsecond, and after a stop."""

    slope: float
    after_stop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRequest:
    """Everything that one run asks in one call of the throttle."""

    claims: tuple[ThrottleClaim, ...]
    shared_limits: tuple[SharedLimit, ...] = ()
    backoffs: tuple[Backoff, ...] = ()
    # Transactional: may use the reserve, and passes a stop at the slowest rate.
    transactional: bool = False
    # The run that asks, and its process.
    run: str = ""
    process: str = ""
    recovery: RecoveryRate


@dataclass(frozen=True, slots=True)
class ThrottleAnswer:
    """How many may go, microseconds until asking again, messages in flight (-1: any)."""

    granted: int
    wait: int
    in_flight_limit: int
