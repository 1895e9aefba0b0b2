"""Asks how many messages may go now, once for all workers on all machines, through Redis.

Redis decides in one step and by its own time (`throttle.lua`). When it is away or full, each
process keeps a careful share of every limit to itself (`local_share.py`), says so in the log once a
minute, and leaves Redis in peace for a few seconds. Limits are manners, not promises: what becomes
of a message is PostgreSQL's business, and nothing here can lose or repeat one.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import inf
from uuid import uuid4

from service.delivery.throttling import redis_script
from service.delivery.throttling.local_share import LocalShare
from service.delivery.throttling.pacing import (
    DEFAULT_RULE,
    DOMAIN_PREFIX,
    BackoffAction,
    PacingRules,
    warm_up_limit,
)
from service.delivery.throttling.request import (
    DAY_LIMIT_WAIT,
    GAP,
    MINUTE,
    SECOND,
    Backoff,
    RecoveryRate,
    SharedLimit,
    ThrottleAnswer,
    ThrottleClaim,
    ThrottleRequest,
)
from service.kit.log import get_logger
from service.kit.redis_store import RedisStore, RedisUnavailable

log = get_logger(__name__)

MIN_PROCESSES = 4
"""A process that is on its own assumes that at least so many send."""

REDIS_RETRY_AFTER = 5.0
"""Seconds for which Redis is left alone once it was away."""

REFRESH_EVERY = 5.0
"""Seconds after which a process learns at the latest which domains asked for less."""

LOG_EVERY = 60.0
"""Seconds between two lines in the log that say that Redis is away."""

ANY_PROVIDER = "*"
"""A name to ask for when no provider is known yet: it has no limit but those in `extra`."""

_WATCHED = 1_000


@dataclass(frozen=True, slots=True)
class ThrottleGrant:
    """What one provider may get now.

    `wait` is when asking for the rest makes sense, zero when all was granted. `in_flight_limit` is
    how many messages this run may have in flight to the provider, None for any number; it holds
    until the next answer.
    """

    granted: int
    wait: timedelta = timedelta(0)
    in_flight_limit: int | None = None


class Throttle:
    """The one to ask before messages go out; one per process, shared by all its threads."""

    def __init__(
        self,
        cache: RedisStore,
        rules: PacingRules,
        *,
        warm_up: Mapping[str, date] | None = None,
        clock: Callable[[], float] = time.monotonic,
        instant: Callable[[], int] | None = None,
    ) -> None:
        """Take new sender domains with their first day, and a clock for durations.

        `instant` gives Redis the time in microseconds in place of its own; only tests know better.
        """
        self.rules = rules
        self._cache = cache
        self._warm_up = dict(warm_up or {})
        self._clock = clock
        self._instant = instant
        self._lock = threading.Lock()
        self._name = uuid4().hex[:12]
        self._turn = 0
        self._local = LocalShare()
        # As many as Redis has counted last.
        self._processes = MIN_PROCESSES
        self._recovery = RecoveryRate(
            slope=rules.regained_per_minute / MINUTE, after_stop=rules.after_stop
        )
        # Back-offs that Redis does not know yet, and when the last one of each key was accepted.
        self._unsent: dict[str, Backoff] = {}
        self._latest: dict[str, tuple[bool, float]] = {}
        self._slowed: frozenset[str] = frozenset()
        # Days of new senders that are used up, and that the log knows of.
        self._full: set[str] = set()
        self._next_look = self._avoid_until = self._next_log = clock()

    def limit_name_of(self, domain: str) -> str:
        """Return what to ask for, for messages to a domain; quick enough for every reader."""
        provider = self.rules.rule_name_of(domain)
        if provider == DEFAULT_RULE and domain in self._slowed:
            return DOMAIN_PREFIX + domain
        return provider

    def limit_of_day(self, sender: str, today: date) -> int | None:
        """Return a sender domain's daily limit of messages to each provider; None is no limit."""
        began = self._warm_up.get(sender)
        return None if began is None else warm_up_limit(began, today)

    def acquire(
        self,
        wanted: Mapping[str, int],
        *,
        now: datetime,
        extra: Mapping[str, int] | None = None,
        sender: str | None = None,
        transactional: bool = False,
        run: str = "",
    ) -> dict[str, ThrottleGrant]:
        """Ask how many messages may go now, by `limit_name_of`; takes two seconds at most.

        Granted messages count as sent: there is nothing to give back. `extra` has more limits
        per minute by a name such as `newsletter:12`. A name that is in `wanted` too has its own
        limit; any other one limits everything that is granted together. `sender` is the sender's
        domain, for warm-up. `transactional` is for a message that a person waits for: it passes
        before bulk. `run` distinguishes the concurrent runs of one process. `now` only says which
        day it is (UTC).
        """
        extra_limits = extra or {}
        claims = [
            self._limit(name, want, extra_limits, self._day(name, sender, now.date()))
            for name, want in wanted.items()
            if want > 0
        ]
        shared_limits = tuple(
            SharedLimit(key=name, per_minute=limit)
            for name, limit in extra_limits.items()
            if name not in wanted
        )
        request = ThrottleRequest(
            claims=tuple(self._in_turn(claims) if shared_limits else filter(_is_limited, claims)),
            shared_limits=shared_limits,
            transactional=transactional,
            run=f"{self._name}:{run}",
            process=self._name,
            recovery=self._recovery,
        )
        answers = self._decide(request) if request.claims or self._has_news() else {}
        self._note_full(request.claims, answers)
        return {name: _grant(answers.get(name), want) for name, want in wanted.items()}

    def report_reply(self, domain: str, reply: str) -> None:
        """Take a 4xx or 5xx reply to mail for a domain; others learn of it with the next question.

        Does no I/O, so it may be called from an event loop, and for every reply.
        """
        provider = self.rules.rule_name_of(domain)
        rule = self.rules.backoff_for(provider, reply)
        if rule is None:
            return
        backoff = Backoff(
            key=DOMAIN_PREFIX + domain if provider == DEFAULT_RULE else provider,
            stop=rule.act is BackoffAction.STOP,
            lasts=int(rule.lasts / timedelta(microseconds=1)),
            watch=domain if provider == DEFAULT_RULE else "",
        )
        if self._accept(backoff):
            # A domain without a rule may be one person's own, so it is not named.
            minutes = rule.lasts // timedelta(minutes=1)
            log.warning(
                "throttle.backed_off", provider=provider, act=rule.act.value, minutes=minutes
            )

    def _limit(
        self, name: str, want: int, extra_limits: Mapping[str, int], day: tuple[str, int]
    ) -> ThrottleClaim:
        if name in extra_limits:
            return ThrottleClaim(key=name, want=want, per_minute=extra_limits[name])
        if name == ANY_PROVIDER:
            return ThrottleClaim(key=name, want=want)
        rule = self.rules.rule_of(name)
        return ThrottleClaim(
            key=name,
            want=want,
            per_minute=rule.per_minute or 0,
            slowed=rule.slowed_per_minute,
            in_flight=rule.in_flight or 0,
            day_key=day[0],
            day_limit=day[1],
        )

    def _day(self, name: str, sender: str | None, today: date) -> tuple[str, int]:
        """Return the key and the limit of a new sender's day; an own name is warmed up as one."""
        limit = self.limit_of_day(sender, today) if sender else None
        provider = DEFAULT_RULE if name.startswith(DOMAIN_PREFIX) else name
        return ("", -1) if limit is None else (f"day:{today}:{sender}:{provider}", limit)

    def _note_full(
        self, claims: Sequence[ThrottleClaim], answers: Mapping[str, ThrottleAnswer]
    ) -> None:
        """Log once a day that its limit is reached: the messages that wait would look forgotten."""
        for claim in claims:
            is_full = claim.day_limit >= 0 and answers[claim.key].wait == DAY_LIMIT_WAIT
            if is_full and claim.day_key not in self._full:
                if len(self._full) >= _WATCHED:
                    self._full.clear()
                self._full.add(claim.day_key)
                _, _, sender, provider = claim.day_key.split(":")
                log.info(
                    "throttle.day_limit_reached",
                    sender=sender,
                    provider=provider,
                    limit=claim.day_limit,
                )

    def _in_turn(self, claims: Sequence[ThrottleClaim]) -> Iterator[ThrottleClaim]:
        """Begin with another provider each time, or one would use a common limit up."""
        self._turn += 1
        for number in range(len(claims)):
            yield claims[(self._turn + number) % len(claims)]

    def _accept(self, backoff: Backoff) -> bool:
        """Store a back-off unless it was stored a moment ago; return whether it is new."""
        now = self._clock()
        with self._lock:
            stop, at = self._latest.get(backoff.key, (False, -inf))
            if now - at < GAP / SECOND and stop >= backoff.stop:
                return False
            if len(self._latest) >= _WATCHED:
                self._latest.clear()
            self._latest[backoff.key] = (backoff.stop, now)
            self._unsent[backoff.key] = backoff
            self._local.apply_backoff(backoff, now=int(now * SECOND))
            if backoff.watch and len(self._slowed) < _WATCHED:
                self._slowed |= {backoff.watch}
        return True

    def _has_news(self) -> bool:
        return bool(self._unsent) or self._clock() >= self._next_look

    def _decide(self, request: ThrottleRequest) -> Mapping[str, ThrottleAnswer]:
        with self._lock:
            now = self._clock()
            if now < self._avoid_until:
                return self._decide_locally(request)
            backoffs, self._unsent = tuple(self._unsent.values()), {}
            # A thread that comes while another one waits for Redis does not ask as well.
            self._next_look = now + REFRESH_EVERY
        try:
            return self._decide_in_redis(replace(request, backoffs=backoffs))
        except RedisUnavailable as away:
            silent = self._note_outage(backoffs)
            if not silent:
                log.warning("throttle.local_fallback", error=str(away), share=self._processes)
        with self._lock:
            return self._decide_locally(request)

    def _decide_in_redis(self, request: ThrottleRequest) -> Mapping[str, ThrottleAnswer]:
        instant = "" if self._instant is None else str(self._instant())
        args = [redis_script.encode_request(request), instant]
        text = self._cache.run_script(
            redis_script.SCRIPT, keys=redis_script.redis_keys(request), args=args
        )
        answer = redis_script.decode_answer(text, request)
        with self._lock:
            unsaid = {backoff.watch for backoff in self._unsent.values() if backoff.watch}
            self._slowed = answer.slowed | unsaid
            self._processes = max(MIN_PROCESSES, answer.processes)
        return answer.answers

    def _decide_locally(self, request: ThrottleRequest) -> Mapping[str, ThrottleAnswer]:
        return self._local.decide(
            request, processes=self._processes, now=int(self._clock() * SECOND)
        )

    def _note_outage(self, backoffs: Sequence[Backoff]) -> bool:
        """Remember that Redis is away; return whether the log knows already."""
        with self._lock:
            now = self._clock()
            self._avoid_until = self._next_look = now + REDIS_RETRY_AFTER
            # What was to be sent is sent later, unless something newer is known by then.
            self._unsent = {each.key: each for each in backoffs} | self._unsent
            silent = now < self._next_log
            if not silent:
                self._next_log = now + LOG_EVERY
        return silent


def _is_limited(claim: ThrottleClaim) -> bool:
    """Return whether to ask Redis: a rule without a limit may have been slowed, too."""
    return claim.key != DEFAULT_RULE or bool(
        claim.per_minute or claim.in_flight or claim.day_limit >= 0
    )


def _grant(answer: ThrottleAnswer | None, want: int) -> ThrottleGrant:
    if answer is None:
        return ThrottleGrant(max(want, 0))
    return ThrottleGrant(
        answer.granted,
        timedelta(microseconds=answer.wait),
        None if answer.in_flight_limit < 0 else answer.in_flight_limit,
    )
