"""Pure: how many messages may go now, by limits that many workers share.

The same arithmetic stands in `throttle.lua`, which does it inside Redis for all workers; this one
serves a process that cannot reach Redis, and the tests, which compare the two. A limit is a
bucket that is kept as one instant (GCRA): the moment from which it would be full again. All
instants are microseconds of one clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil, floor, inf

SECOND = 1_000_000
MINUTE = 60 * SECOND

FLOOR = 1 / 32
"""The slowest that a back-off makes a receiver, as a share of its rate."""

RESERVE = 0.1
"""The share of a bucket that bulk leaves standing for confirmation messages."""

GAP = 10 * SECOND
"""Complaints of one receiver within this time are one complaint: they were in flight together."""

DAY_LIMIT_WAIT = 60 * MINUTE
"""The wait for the rest of a day's limit: who asks again in an hour loses little of the next."""

SENDER_TIMEOUT = 5 * SECOND
"""How long after its last question a run still counts as somebody who sends to a receiver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleClaim:
    """One receiver, what is wanted of it, and its limits; 0 means that there is no such limit."""

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
    """What a receiver complained of: go slower, or stop, for so long."""

    key: str
    stop: bool
    lasts: int
    # The domain itself where no receiver has a name for it: others must learn that it is slow.
    watch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRate:
    """How a receiver gets its rate back: the share added in a microsecond, and after a stop."""

    slope: float
    after_stop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRequest:
    """Everything that one run asks immediately."""

    asks: tuple[ThrottleClaim, ...]
    across: tuple[SharedLimit, ...] = ()
    told: tuple[Backoff, ...] = ()
    # Transactional: may use the reserve, and passes a stop at the slowest rate.
    first: bool = False
    who: str = ""
    resume: RecoveryRate

    def cut(self, parts: int) -> "ThrottleRequest":
        """Return the same question under one of so many equal parts of every limit."""
        return replace(
            self,
            asks=tuple(
                replace(
                    ask,
                    per_minute=ask.per_minute / parts,
                    slowed=ask.slowed / parts,
                    in_flight=max(1, ask.in_flight // parts) if ask.in_flight else 0,
                    day_limit=ask.day_limit // parts if ask.day_limit >= 0 else -1,
                )
                for ask in self.asks
            ),
            across=tuple(replace(each, per_minute=each.per_minute / parts) for each in self.across),
        )


@dataclass(frozen=True, slots=True)
class ThrottleAnswer:
    """How many may go, microseconds until asking again, messages in flight (-1: any)."""

    granted: int
    wait: int
    in_flight_limit: int


@dataclass(slots=True)
class ThrottleState:
    """What is remembered of one receiver."""

    tat: float = 0
    factor: float = 1
    hold: float = 0
    stop: float = 0
    slowed_at: float = -inf
    crew: dict[str, float] = field(default_factory=dict)
    # Only for limits of a day.
    count: int = 0

    def factor_at(self, now: float, slope: float) -> float:
        """Return the share of its rate that a receiver may have: held for a time, then growing."""
        if self.factor >= 1 or now < self.hold:
            return self.factor
        return min(1.0, self.factor + (now - self.hold) * slope)


@dataclass(slots=True)
class TokenBucket:
    """One limit at one instant; `per_minute` None means that there is none."""

    per_minute: float | None
    tat: float
    now: float
    first: bool

    @property
    def gap(self) -> float:
        """Return the microseconds between two messages."""
        return MINUTE / (self.per_minute or inf)

    @property
    def burst(self) -> int:
        """Return what bulk may have immediately: a second's worth."""
        return max(1, floor((self.per_minute or 0) / 60))

    @property
    def reserve(self) -> int:
        """Return what bulk leaves."""
        return max(1, floor(self.burst * RESERVE))

    @property
    def size(self) -> float:
        """Return the microseconds that an empty bucket takes to fill."""
        return (self.burst + self.reserve) * self.gap

    @property
    def ahead(self) -> float:
        """Return the microseconds until it is full, whatever a clock that jumped says."""
        return min(max(self.tat - self.now, 0), self.size)

    def spare(self, want: int) -> int:
        """Return how many of `want` may go now."""
        if self.per_minute is None:
            return want
        have = floor((self.size - self.ahead) / self.gap + 1e-6)
        return max(0, min(want, have if self.first else have - self.reserve))

    def consume(self, count: int) -> float:
        """Return the instant from which the bucket would be full again after `count` more."""
        if self.per_minute is not None and count:
            self.tat = ceil(self.now + self.ahead + count * self.gap)
        return self.tat

    def wait(self, left: int) -> int:
        """Return the microseconds until a worthwhile part of what is left may go."""
        if self.per_minute is None:
            return 0
        batch = min(left, max(1, self.burst // 2)) + (0 if self.first else self.reserve)
        return max(1, ceil(self.ahead + batch * self.gap - self.size))


class LocalLimits:
    """The limits of one process, for as long as it is on its own."""

    def __init__(self) -> None:
        self._states: dict[str, ThrottleState] = {}

    def settle(self, asked: ThrottleRequest, *, now: int) -> Mapping[str, ThrottleAnswer]:
        """Take what was told into account, then answer each question, in their order."""
        for told in asked.told:
            self.apply_backoff(told, asked.resume, now=now)
        shared = [
            (each.key, TokenBucket(each.per_minute, self._state(each.key).tat, now, asked.first))
            for each in asked.across
        ]
        answers = {}
        for ask in asked.asks:
            budget = min((bucket.spare(ask.want) for _, bucket in shared), default=ask.want)
            answers[ask.key] = answer = self._answer(ask, asked, budget, now)
            for key, bucket in shared:
                self._state(key).tat = bucket.consume(answer.granted)
                if answer.granted == budget < ask.want:
                    wait = max(answer.wait, bucket.wait(ask.want - answer.granted))
                    answers[ask.key] = answer = ThrottleAnswer(
                        answer.granted, wait, answer.in_flight_limit
                    )
        return answers

    def _state(self, key: str) -> ThrottleState:
        return self._states.setdefault(key, ThrottleState())

    def apply_backoff(self, told: Backoff, resume: RecoveryRate, *, now: int) -> None:
        """Take a complaint into account."""
        state = self._state(told.key)
        factor = state.factor_at(now, resume.slope)
        until = now + told.lasts
        if told.stop:
            factor = min(factor, resume.after_stop)
            state.stop = max(state.stop, until)
        elif now - state.slowed_at >= GAP:
            factor = max(FLOOR, factor / 2)
            state.slowed_at = now
        state.factor, state.hold = factor, max(state.hold, until)

    def _answer(
        self, ask: ThrottleClaim, asked: ThrottleRequest, budget: int, now: int
    ) -> ThrottleAnswer:
        state = self._state(ask.key)
        factor = state.factor_at(now, asked.resume.slope)
        in_flight_limit = self._share(ask, asked, factor, now)
        if now < state.stop and not asked.first:
            return ThrottleAnswer(0, ceil(state.stop - now), in_flight_limit)
        if now < state.stop:
            factor = FLOOR
        base = ask.per_minute or (ask.slowed if factor < 1 else 0)
        bucket = TokenBucket(base * factor or None, state.tat, now, asked.first)
        today = self._state(ask.day_key)
        left = ask.want
        if ask.day_limit >= 0 and not asked.first:
            left = min(left, max(0, ask.day_limit - today.count))
        granted = 0 if in_flight_limit == 0 else min(bucket.spare(left), budget)
        state.tat = bucket.consume(granted)
        today.count += granted if ask.day_limit >= 0 else 0
        return ThrottleAnswer(
            granted, _wait(ask, granted, left, in_flight_limit, bucket), in_flight_limit
        )

    def _share(self, ask: ThrottleClaim, asked: ThrottleRequest, factor: float, now: int) -> int:
        """Divide the messages under way at the same time among the runs that sent a moment ago."""
        if not ask.in_flight:
            return -1
        whole = max(1, floor(ask.in_flight * factor))
        if asked.first:
            return whole
        crew = self._state(ask.key).crew
        crew[asked.who] = now
        for who in [who for who, seen in crew.items() if seen <= now - SENDER_TIMEOUT]:
            del crew[who]
        place = sorted(crew).index(asked.who)
        return whole // len(crew) + (place < whole % len(crew))


def _wait(
    ask: ThrottleClaim, granted: int, left: int, in_flight_limit: int, bucket: TokenBucket
) -> int:
    if granted >= ask.want:
        return 0
    if in_flight_limit == 0:
        return SECOND
    if granted >= left:
        return DAY_LIMIT_WAIT
    return bucket.wait(left - granted)
