"""Pure: a careful share of every limit, for a process that cannot reach Redis.

Each process counts for itself, in windows of some seconds, and grants its part of a limit in each:
the limit divided by the number of processes. Together they stay below the limit as long as no more
processes run than that. It is less exact than `throttle.lua` on purpose: it is needed for minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, floor

from service.delivery.throttling.request import (
    DAY_LIMIT_WAIT,
    FLOOR,
    GAP,
    MINUTE,
    SECOND,
    SENDER_TIMEOUT,
    Backoff,
    ThrottleAnswer,
    ThrottleClaim,
    ThrottleRequest,
)

WINDOW = 10 * SECOND
"""The shortest window; a limit of less than one message in it has a longer one."""


@dataclass(slots=True)
class _Counted:
    """What one limit has granted in its window."""

    window: int = -1
    granted: int = 0


@dataclass(slots=True)
class _Slowed:
    """A provider's back-off while it lasts: the share of its rate, 0 for none."""

    factor: float
    until: float
    since: float


@dataclass(slots=True)
class LocalShare:
    """The limits of one process, for as long as it is on its own."""

    _counted: dict[str, _Counted] = field(default_factory=dict)
    _slowed: dict[str, _Slowed] = field(default_factory=dict)
    _runs: dict[str, dict[str, float]] = field(default_factory=dict)

    def decide(
        self, request: ThrottleRequest, *, processes: int, now: int
    ) -> Mapping[str, ThrottleAnswer]:
        """Answer each question with one process's part of every limit, in their order."""
        return {claim.key: self._answer(claim, request, processes, now) for claim in request.claims}

    def apply_backoff(self, backoff: Backoff, *, now: int) -> None:
        """Stop or halve a provider's rate for as long as its reply asked for."""
        until = now + backoff.lasts
        known = self._active(backoff.key, now)
        if known is None:
            factor = 0.0 if backoff.stop else 0.5
            self._slowed[backoff.key] = _Slowed(factor=factor, until=until, since=now)
            return
        if backoff.stop:
            known.factor = 0.0
        elif known.factor and now - known.since >= GAP:
            known.factor, known.since = max(FLOOR, known.factor / 2), now
        known.until = max(known.until, until)

    def _active(self, key: str, now: int) -> _Slowed | None:
        slowed = self._slowed.get(key)
        return slowed if slowed is not None and now < slowed.until else None

    def _answer(
        self,
        claim: ThrottleClaim,
        request: ThrottleRequest,
        processes: int,
        now: int,
    ) -> ThrottleAnswer:
        in_flight = self._in_flight(claim, request, processes, now)
        slowed = self._active(claim.key, now)
        factor = 1.0 if slowed is None else slowed.factor
        if slowed is not None and not factor:
            if not request.transactional:
                return ThrottleAnswer(0, ceil(slowed.until - now), in_flight)
            factor = FLOOR
        rate = (claim.per_minute or (0 if slowed is None else claim.slowed)) * factor
        limits = {each.key: each.per_minute for each in request.shared_limits if each.per_minute}
        if rate:
            limits[claim.key] = rate
        rooms = [self._room(key, per_minute, processes, now) for key, per_minute in limits.items()]
        today = self._counted.setdefault(claim.day_key, _Counted())
        left = claim.want
        if claim.day_limit >= 0 and not request.transactional:
            left = min(left, max(0, claim.day_limit // processes - today.granted))
        granted = min([left, *(room for room, _ in rooms)])
        for key in limits:
            self._counted[key].granted += granted
        today.granted += granted if claim.day_limit >= 0 else 0
        wait = 0
        if granted < claim.want:
            is_day_over = left < claim.want and granted == left
            ends = [until - now for room, until in rooms if room == granted]
            wait = DAY_LIMIT_WAIT if is_day_over else max(ends, default=SECOND)
        return ThrottleAnswer(granted, wait, in_flight)

    def _room(self, key: str, per_minute: float, processes: int, now: int) -> tuple[int, int]:
        """Return how many messages the window at `now` has left, and when it ends."""
        length = max(WINDOW, ceil(MINUTE * processes / per_minute))
        quota = max(1, floor(per_minute * length / MINUTE / processes))
        window = now // length
        counted = self._counted.setdefault(key, _Counted())
        if counted.window != window:
            counted.window, counted.granted = window, 0
        return max(0, quota - counted.granted), (window + 1) * length

    def _in_flight(
        self, claim: ThrottleClaim, request: ThrottleRequest, processes: int, now: int
    ) -> int:
        """Divide what may be in flight among the processes, and this one's runs; one at least."""
        if not claim.in_flight:
            return -1
        runs = self._runs.setdefault(claim.key, {})
        runs[request.run] = now
        for run in [run for run, seen in runs.items() if seen <= now - SENDER_TIMEOUT]:
            del runs[run]
        return max(1, claim.in_flight // (processes * len(runs)))
