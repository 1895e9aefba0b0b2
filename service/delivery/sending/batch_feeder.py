"""Brings readers to the carriers: leases batches, looks at each reader, asks how many may go.

A look is taken at some readers at a time, as many as will begin within a moment. Those to whom a
receiver wants no more mail just now are put off to when their turn should come; nobody behind
them waits.
"""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol
from uuid import uuid4

from service import metrics
from service.delivery.async_transactions import AsyncTransactions
from service.delivery.dependencies import SendDependencies
from service.delivery.leasing import leases
from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery, RecheckResult
from service.delivery.sending.held_lease import HeldLease, QueuedDelivery
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused
from service.delivery.smtp.retry import postpone
from service.delivery.throttling.throttle import ANY_PROVIDER
from service.delivery.workflow.queries.editions import EditionSendStatus
from service.kit.db import Session

WAITS_FOR_PROVIDER = "waits for the receiver's turn"

_QUARANTINE_LOCK = threading.Lock()
"""Held while a suspect is sent: never two in one process, whatever editions they are of, or a death
would be counted against both."""


class MessageLoader(Protocol):
    """Knows how to write the letters of one edition."""

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        """Load what the letter has in common with others; doing it again is cheap."""


class MessageSource(MessageLoader, Protocol):
    """Writes the letters of one edition."""

    def write(self, claimed: ClaimedDelivery) -> OutgoingMessage | MessageRefused | MessageDeferred:
        """Return one reader's letter, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedDeliveries:
    """What one fetch brought; `is_dry` means that nothing could be leased with nothing held.

    As long as something is held no suspect is leased, so that there may be more afterwards.
    """

    tickets: Sequence[QueuedDelivery] = ()
    in_flight_limit: dict[str, int] = field(default_factory=dict)
    wait: float = 0
    is_dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecheckJob:
    """One look: at a batch that is held (None: lease one first), behind whom, at how many."""

    batch: LeasedBatch | None
    after: int = 0
    limit: int
    # Whether it goes on through the batch; else it is a second look at some.
    is_whole: bool = True
    alone: bool = False


class BatchFeeder:
    """The leases of one run and what is taken out of them."""

    def __init__(
        self,
        deps: SendDependencies,
        *,
        edition_id: int,
        standing: EditionSendStatus,
        writer: MessageLoader,
    ) -> None:
        self.holdings: list[HeldLease] = []
        self._deps = deps
        self._edition_id = edition_id
        self._sender = standing.sender_domain
        self._quota = _quota(standing, deps)
        self._writer = writer
        self._books = AsyncTransactions(deps.begin)
        self._run = uuid4().hex[:12]
        # Whether this run has the process's place for suspects.
        self._is_alone = False
        # How many of this run wait for each receiver: the next one waits behind them.
        self._queued: Counter[str] = Counter()

    async def fetch(self, limit: int) -> FetchedDeliveries:
        """Look at the next readers and return tickets for those who may be written to now."""
        limit, wait = await self._ask_for_all(limit)
        if not limit:
            return FetchedDeliveries(wait=wait)
        was_free = not self.holdings
        holding, job = self._next_job(limit)
        if holding is not None:
            holding.is_looked_at = True
        asked_at = monotonic()
        batch, looked = await self._books.write(partial(self._look, job=job))
        if job.alone and (batch is None or batch.deaths < leases.QUARANTINE_AT):
            self._leave_place()
        if batch is None:
            return FetchedDeliveries(is_dry=was_free)
        if holding is None:
            until = asked_at + self._deps.lease_for.total_seconds()
            holding = HeldLease(batch=batch, until=until, is_looked_at=True)
            self.holdings.append(holding)
        if job.is_whole:
            holding.after = looked.last_id or holding.after
            holding.is_exhausted = looked.last_id is None or looked.last_id >= batch.last_id
        granted, in_flight_limit = await self._pace(holding, looked.ready)
        holding.open += len(granted)
        holding.is_looked_at = False
        return FetchedDeliveries(
            tickets=[
                QueuedDelivery(
                    claimed, holding, asked_at, provider if provider in in_flight_limit else ""
                )
                for claimed, provider in granted
            ],
            in_flight_limit=in_flight_limit,
        )

    def drop_used_up(self) -> list[HeldLease]:
        """Take out and return the leases that nothing is left of."""
        done = [holding for holding in self.holdings if holding.is_used_up]
        self.holdings = [holding for holding in self.holdings if not holding.is_used_up]
        if done and not self.holdings:
            self._leave_place()
        return done

    def take_all(self) -> list[HeldLease]:
        """Take out and return every lease: the run ends."""
        left, self.holdings = self.holdings, []
        self._leave_place()
        return left

    def _take_place(self) -> bool:
        """Tell whether a suspect may be sent: nothing else is held here, nor one elsewhere."""
        if not self.holdings and not self._is_alone:
            self._is_alone = _QUARANTINE_LOCK.acquire(blocking=False)
        return self._is_alone and not self.holdings

    def _leave_place(self) -> None:
        if self._is_alone:
            self._is_alone = False
            _QUARANTINE_LOCK.release()

    def _next_job(self, limit: int) -> tuple[HeldLease | None, _RecheckJob]:
        for holding in self.holdings:
            if holding.stale and not holding.is_lost:
                some, holding.stale = holding.stale[:limit], holding.stale[limit:]
                part = replace(holding.batch, members=sorted(some))
                return holding, _RecheckJob(batch=part, limit=limit, is_whole=False)
        for holding in self.holdings:
            if not holding.is_exhausted and not holding.is_lost:
                return holding, _RecheckJob(batch=holding.batch, after=holding.after, limit=limit)
        return None, _RecheckJob(batch=None, limit=limit, alone=self._take_place())

    def _look(
        self, session: Session, *, job: _RecheckJob
    ) -> tuple[LeasedBatch | None, RecheckResult]:
        now = self._deps.clock()
        batch = job.batch
        if batch is None:
            wish = leases.ClaimRequest(
                edition_id=self._edition_id, lease_for=self._deps.lease_for, alone=job.alone
            )
            batch = leases.claim_batch(session, wish, now=now)
        if batch is None:
            nobody = RecheckResult(
                ready=[], gone=[], late=[], empty=[], last_id=None, orphans=False
            )
            return None, nobody
        looked = leases.recheck_readers(
            session, batch, after=job.after, limit=job.limit, keyring=self._deps.keyring, now=now
        )
        for claimed in {(each.revision, each.mask): each for each in looked.ready}.values():
            self._writer.prepare(session, claimed)
        return batch, looked

    async def _ask_for_all(self, limit: int) -> tuple[int, float]:
        """Ask what the newsletter and the relays allow, whoever the readers are."""
        throttle = self._deps.throttle
        if throttle is None or not self._quota:
            return limit, 0
        grants = await asyncio.to_thread(
            throttle.acquire,
            {ANY_PROVIDER: limit},
            now=self._deps.clock(),
            extra=self._quota,
            run=self._run,
        )
        grant = grants[ANY_PROVIDER]
        return grant.granted, grant.wait.total_seconds()

    async def _pace(
        self, holding: HeldLease, ready: Sequence[ClaimedDelivery]
    ) -> tuple[list[tuple[ClaimedDelivery, str]], dict[str, int]]:
        """Return whose turn it is with their receivers, and put the others off."""
        throttle = self._deps.throttle
        if throttle is None:
            return [(claimed, "") for claimed in ready], {}
        by_provider: defaultdict[str, list[ClaimedDelivery]] = defaultdict(list)
        for claimed in ready:
            by_provider[throttle.receiver_of(claimed.address.rpartition("@")[2].lower())].append(
                claimed
            )
        now = self._deps.clock()
        grants = await asyncio.to_thread(
            throttle.acquire,
            {provider: len(readers) for provider, readers in by_provider.items()},
            now=now,
            sender=self._sender,
            run=self._run,
        )
        going: list[tuple[ClaimedDelivery, str]] = []
        waiting: list[tuple[ClaimedDelivery, datetime]] = []
        for provider, readers in by_provider.items():
            grant = grants[provider]
            if grant.granted < len(readers):
                metrics.THROTTLED.inc(len(readers) - grant.granted, provider=provider)
            going += [(claimed, provider) for claimed in readers[: grant.granted]]
            if grant.granted == len(readers):
                self._queued[provider] = 0
            waiting += self._queue_up(provider, readers[grant.granted :], now + grant.wait)
        if waiting:
            await self._books.write(partial(self._put_off, batch=holding.batch, waiting=waiting))
        in_flight_limit = {
            provider: grant.in_flight_limit
            for provider, grant in grants.items()
            if grant.in_flight_limit is not None
        }
        return going, in_flight_limit

    def _queue_up(
        self, provider: str, readers: Sequence[ClaimedDelivery], begin: datetime
    ) -> list[tuple[ClaimedDelivery, datetime]]:
        """Give each a time at which their turn should come, behind those who wait already."""
        assert self._deps.throttle is not None
        rule = self._deps.throttle.rules.rule_of(provider)
        pace = timedelta(minutes=1) / (rule.per_minute or rule.slowed_per_minute)
        first = self._queued[provider]
        self._queued[provider] += len(readers)
        return [
            (claimed, begin + pace * (first + number)) for number, claimed in enumerate(readers)
        ]

    def _put_off(
        self,
        session: Session,
        *,
        batch: LeasedBatch,
        waiting: Sequence[tuple[ClaimedDelivery, datetime]],
    ) -> None:
        settlements = [
            (claimed, postpone(WAITS_FOR_PROVIDER, until, doubts=claimed.doubts))
            for claimed, until in waiting
        ]
        leases.record_outcomes(session, batch, settlements, now=self._deps.clock())


def _quota(standing: EditionSendStatus, deps: SendDependencies) -> dict[str, int]:
    """Return the limits per minute that hold for all readers together."""
    quota = {}
    if standing.per_minute:
        quota[f"newsletter:{standing.newsletter_id}"] = standing.per_minute
    serving = deps.relay_pool.serving(standing.sender_domain)
    rates = [relay.rate for relay in serving if relay.rate]
    if rates and len(rates) == len(serving):
        quota["relays:" + ",".join(sorted({relay.name for relay in serving}))] = sum(rates)
    return quota
