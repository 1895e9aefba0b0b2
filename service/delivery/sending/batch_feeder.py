"""Feeds the ready queue: leases batches, rechecks their readers, asks the throttle how many may go.

Readers are rechecked a few at a time, as many as will begin within a moment. A delivery that a
mailbox provider does not want yet is postponed to when its turn should come; none after it waits.
"""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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
from service.delivery.reasons import DeliveryReason
from service.delivery.sending.held_lease import HeldLease, QueuedDelivery
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused
from service.delivery.smtp.retry import postpone
from service.delivery.throttling.throttle import ANY_PROVIDER, Throttle
from service.delivery.variant_cache import VariantKey
from service.delivery.workflow.queries.editions import EditionSendStatus
from service.kit.db import Session

_QUARANTINE_LOCK = threading.Lock()
"""Held while a quarantined batch is sent: never two in one process, whatever editions they belong
to, or a crash would be counted against both."""


class Composer(Protocol):
    """Composes the messages of one edition."""

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        """Load what a delivery's message shares with others; cheap when repeated."""

    def compose(
        self, claimed: ClaimedDelivery
    ) -> OutgoingMessage | MessageRefused | MessageDeferred:
        """Return one reader's message, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedDeliveries:
    """What one fetch brought.

    `limits`: how many messages may be in flight, by provider. `wait`: seconds until more may be
    fetched. `is_dry`: nothing could be leased while nothing was held. As long as a lease is held no
    quarantined batch is claimed, so there may be more afterwards.
    """

    deliveries: Sequence[QueuedDelivery] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    wait: float = 0
    is_dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecheckJob:
    """One recheck: of which batch (None: lease one first), after whom, of how many readers."""

    batch: LeasedBatch | None
    after: int = 0
    limit: int
    # Whether it advances through the batch; otherwise it repeats the recheck of some readers.
    is_whole: bool = True
    allow_quarantined: bool = False


class BatchFeeder:
    """The leases of one run, and the deliveries that are taken out of them."""

    def __init__(
        self,
        deps: SendDependencies,
        *,
        edition_id: int,
        status: EditionSendStatus,
        composer: Composer,
    ) -> None:
        self.leases: list[HeldLease] = []
        self._deps = deps
        self._edition_id = edition_id
        self._sender_domain = status.sender_domain
        self._shared_limits = _shared_limits(status, deps)
        self._composer = composer
        self._transactions = AsyncTransactions(deps.begin)
        self._run_id = uuid4().hex[:12]
        # Whether this run holds the process's lock for quarantined batches.
        self._is_quarantining = False
        # How many of this run's deliveries wait for each provider: the next one comes after them.
        self._postponed: Counter[str] = Counter()

    async def fetch(self, limit: int) -> FetchedDeliveries:
        """Recheck at most `limit` readers and return the deliveries that may be sent now."""
        limit, wait = await self._ask_shared_limits(limit)
        if not limit:
            return FetchedDeliveries(wait=wait)
        held_none = not self.leases
        lease, job = self._next_job(limit)
        if lease is not None:
            lease.is_being_rechecked = True
        asked_at = monotonic()
        batch, rechecked = await self._transactions.execute(partial(self._recheck, job=job))
        if job.allow_quarantined and (batch is None or not batch.is_quarantined):
            self._leave_quarantine()
        if batch is None:
            return FetchedDeliveries(is_dry=held_none)
        if lease is None:
            valid_until = asked_at + self._deps.lease_for.total_seconds()
            lease = HeldLease(batch=batch, valid_until=valid_until, is_being_rechecked=True)
            self.leases.append(lease)
        if job.is_whole:
            lease.after = rechecked.last_id or lease.after
            lease.is_exhausted = rechecked.last_id is None or rechecked.last_id >= batch.last_id
        granted, limits = await self._ask_throttle(lease, rechecked.ready)
        lease.open += len(granted)
        lease.is_being_rechecked = False
        return FetchedDeliveries(
            deliveries=[
                QueuedDelivery(claimed, lease, asked_at, provider if provider in limits else "")
                for claimed, provider in granted
            ],
            limits=limits,
        )

    def remove_used_up(self) -> list[HeldLease]:
        """Remove and return the leases that have nothing left to send or to write."""
        done = [lease for lease in self.leases if lease.is_used_up]
        self.leases = [lease for lease in self.leases if not lease.is_used_up]
        if done and not self.leases:
            self._leave_quarantine()
        return done

    def forget_leases(self) -> list[HeldLease]:
        """Forget every lease in memory and return them, to be released: the run ends."""
        left, self.leases = self.leases, []
        self._leave_quarantine()
        return left

    def _enter_quarantine(self) -> bool:
        """Return whether a quarantined batch may be claimed: no lease is held, none elsewhere."""
        if not self.leases and not self._is_quarantining:
            self._is_quarantining = _QUARANTINE_LOCK.acquire(blocking=False)
        return self._is_quarantining and not self.leases

    def _leave_quarantine(self) -> None:
        if self._is_quarantining:
            self._is_quarantining = False
            _QUARANTINE_LOCK.release()

    def _next_job(self, limit: int) -> tuple[HeldLease | None, _RecheckJob]:
        for lease in self.leases:
            if lease.stale and not lease.is_lost:
                some, lease.stale = lease.stale[:limit], lease.stale[limit:]
                part = replace(lease.batch, members=sorted(some))
                return lease, _RecheckJob(batch=part, limit=limit, is_whole=False)
        for lease in self.leases:
            if not lease.is_exhausted and not lease.is_lost:
                return lease, _RecheckJob(batch=lease.batch, after=lease.after, limit=limit)
        allowed = self._enter_quarantine()
        return None, _RecheckJob(batch=None, limit=limit, allow_quarantined=allowed)

    def _recheck(
        self, session: Session, *, job: _RecheckJob
    ) -> tuple[LeasedBatch | None, RecheckResult]:
        now = self._deps.clock()
        batch = job.batch
        if batch is None:
            request = leases.ClaimRequest(
                edition_id=self._edition_id,
                lease_for=self._deps.lease_for,
                allow_quarantined=job.allow_quarantined,
            )
            batch = leases.claim_batch(session, request, now=now)
        if batch is None:
            return None, RecheckResult.empty()
        rechecked = leases.recheck_readers(
            session, batch, after=job.after, limit=job.limit, keyring=self._deps.keyring, now=now
        )
        for claimed in {VariantKey.of(each): each for each in rechecked.ready}.values():
            self._composer.prepare(session, claimed)
        return batch, rechecked

    async def _ask_shared_limits(self, limit: int) -> tuple[int, float]:
        """Return how many messages the newsletter and the relays allow now, and seconds to wait."""
        throttle = self._deps.throttle
        if throttle is None or not self._shared_limits:
            return limit, 0
        grants = await asyncio.to_thread(
            throttle.acquire,
            {ANY_PROVIDER: limit},
            now=self._deps.clock(),
            extra=self._shared_limits,
            run=self._run_id,
        )
        grant = grants[ANY_PROVIDER]
        return grant.granted, grant.wait.total_seconds()

    async def _ask_throttle(
        self, lease: HeldLease, ready: Sequence[ClaimedDelivery]
    ) -> tuple[list[tuple[ClaimedDelivery, str]], dict[str, int]]:
        """Return the deliveries that their providers want now, and postpone the others.

        The second value is how many messages may be in flight, by provider.
        """
        throttle = self._deps.throttle
        if throttle is None:
            return [(claimed, "") for claimed in ready], {}
        by_provider: defaultdict[str, list[ClaimedDelivery]] = defaultdict(list)
        for claimed in ready:
            provider = throttle.limit_name_of(claimed.address.rpartition("@")[2].lower())
            by_provider[provider].append(claimed)
        now = self._deps.clock()
        grants = await asyncio.to_thread(
            throttle.acquire,
            {provider: len(deliveries) for provider, deliveries in by_provider.items()},
            now=now,
            sender=self._sender_domain,
            run=self._run_id,
        )
        granted: list[tuple[ClaimedDelivery, str]] = []
        postponed: list[tuple[ClaimedDelivery, datetime]] = []
        for provider, deliveries in by_provider.items():
            grant = grants[provider]
            if grant.granted < len(deliveries):
                metrics.THROTTLED.inc(len(deliveries) - grant.granted, provider=provider)
            granted += [(claimed, provider) for claimed in deliveries[: grant.granted]]
            if grant.granted == len(deliveries):
                self._postponed[provider] = 0
            rest = deliveries[grant.granted :]
            turns = self._turns(throttle, provider, rest, begin=now + grant.wait)
            if turns:
                waited = sum((until - now for _, until in turns), timedelta(0))
                metrics.THROTTLE_WAIT_SECONDS.inc(waited.total_seconds(), provider=provider)
            postponed += turns
        if postponed:
            await self._transactions.execute(
                partial(self._postpone, batch=lease.batch, postponed=postponed)
            )
        limits = {
            provider: grant.in_flight_limit
            for provider, grant in grants.items()
            if grant.in_flight_limit is not None
        }
        return granted, limits

    def _turns(
        self,
        throttle: Throttle,
        provider: str,
        deliveries: Sequence[ClaimedDelivery],
        *,
        begin: datetime,
    ) -> list[tuple[ClaimedDelivery, datetime]]:
        """Give each delivery a time for its turn, after those that wait already."""
        rule = throttle.rules.rule_of(provider)
        interval = timedelta(minutes=1) / (rule.per_minute or rule.slowed_per_minute)
        first = self._postponed[provider]
        self._postponed[provider] += len(deliveries)
        return [
            (claimed, begin + interval * (first + number))
            for number, claimed in enumerate(deliveries)
        ]

    def _postpone(
        self,
        session: Session,
        *,
        batch: LeasedBatch,
        postponed: Sequence[tuple[ClaimedDelivery, datetime]],
    ) -> None:
        outcomes = [
            (
                claimed,
                postpone(
                    DeliveryReason.WAITS_FOR_PROVIDER,
                    until,
                    ambiguous_attempts=claimed.ambiguous_attempts,
                ),
            )
            for claimed, until in postponed
        ]
        leases.record_outcomes(session, batch, outcomes, now=self._deps.clock())


def _shared_limits(status: EditionSendStatus, deps: SendDependencies) -> dict[str, int]:
    """Return the limits per minute of the newsletter and the relays, for all readers together."""
    limits = {}
    if status.per_minute:
        limits[f"newsletter:{status.newsletter_id}"] = status.per_minute
    relays = deps.relay_pool.serving(status.sender_domain)
    rates = [relay.rate for relay in relays if relay.rate]
    if rates and len(rates) == len(relays):
        limits["relays:" + ",".join(sorted({relay.name for relay in relays}))] = sum(rates)
    return limits
