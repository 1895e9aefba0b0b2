"""Writes the results of one run: committed in groups, each as soon as the last one is.

While one group is committed the next one gathers, so a slow database makes groups larger and not
the run slower. Leases are renewed and released here, too, because here it is known what is written.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from service import metrics
from service.delivery.async_transactions import AsyncTransactions
from service.delivery.dependencies import SendDependencies
from service.delivery.leasing import leases
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.queries import counters
from service.delivery.progress.thresholds import FailureRates, RefusalMonitor, reason_to_pause
from service.delivery.reasons import describe_reply
from service.delivery.sending.batch_feeder import BatchFeeder
from service.delivery.sending.held_lease import HeldLease, QueuedDelivery
from service.delivery.sending.result_group import ResultGroup
from service.delivery.smtp.replies import (
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    TransactionResult,
    parse_acceptance,
)
from service.delivery.smtp.retry import AttemptContext, DeliveryUpdate, postpone, resolve_attempt
from service.editions import control
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage

log = get_logger(__name__)

GROUP_INTERVAL = 0.05
"""Seconds between two groups: a transaction costs nearly the same for one result as for many."""

MAX_UNWRITTEN = 250
"""Maximum number of results that wait for their commit: with the messages in flight, what a kill
repeats. No message begins while so many wait, however slow the database is."""

FULL_GROUP = MAX_UNWRITTEN // 2
"""Results that are committed without waiting for more: as many may gather meanwhile."""

PROGRESS_INTERVAL = 0.5
"""Seconds between two notifications of who watches the progress."""

DeliveryOutcome = tuple[ClaimedDelivery, DeliveryUpdate]


class ResultWriter:
    """Collects the results of one run, commits them, and pauses an edition that fails too often."""

    def __init__(
        self,
        edition_id: int,
        deps: SendDependencies,
        *,
        feeder: BatchFeeder,
        expires_at: datetime,
        rates: FailureRates | None = None,
    ) -> None:
        """`rates`: how the edition went in earlier runs."""
        rates = rates or FailureRates()
        self.tally: Counter[str] = Counter()
        # Set once the run must stop because of how the edition goes.
        self.is_stopped = False
        # Set whenever something was written: leases may be used up by it.
        self.written = asyncio.Event()
        self._edition_id = edition_id
        self._deps = deps
        self._feeder = feeder
        self._transactions = AsyncTransactions(deps.begin)
        self._expires_at = expires_at
        self._own_pauses = rates.own_pauses
        self._monitor = RefusalMonitor(
            deps.thresholds, is_first=not rates.accepted, own_pauses=rates.own_pauses
        )
        # Why this run began no more messages, until the edition is paused for it.
        self._alarm: TranslatableMessage | None = None
        self._has_paused = False
        self._accepted_before = min(rates.accepted, 1)
        self._results: list[tuple[QueuedDelivery, TransactionResult | bytes]] = []
        # Results that were reported and are not committed.
        self._unwritten = 0
        self._has_work = asyncio.Event()
        self._has_full_group = asyncio.Event()
        self._is_ended = False
        self._notified_at = 0.0

    def report(self, queued: QueuedDelivery, result: TransactionResult | bytes) -> None:
        """Take the result of a delivery; bytes are a reply for `parse_acceptance`."""
        self._results.append((queued, result))
        self._unwritten += 1
        if isinstance(result, (bytes, MessageAccepted)):
            self._monitor.record_acceptance()
        elif isinstance(result, MessageRefused) or (
            isinstance(result, MessageDeferred) and result.cause
        ):
            self._monitor_refusal(result)
        self._has_work.set()
        if len(self._results) >= FULL_GROUP:
            self._has_full_group.set()

    def _monitor_refusal(self, refusal: MessageRefused | MessageDeferred) -> None:
        """Stop the run immediately if refusals come one after the other."""
        alarm = self._monitor.record_refusal(
            refusal.cause, refusal.reply or describe_reply(refusal.reason)
        )
        if alarm is not None and not self.is_stopped:
            self.is_stopped, self._alarm = True, alarm
            self._has_full_group.set()

    @property
    def is_behind(self) -> bool:
        """Whether so many results wait that no message should be taken ahead."""
        return self._unwritten >= MAX_UNWRITTEN * 4 // 5

    @property
    def is_full(self) -> bool:
        """Whether so many results wait that no message may begin."""
        return self._unwritten >= MAX_UNWRITTEN

    async def wait_for_room(self) -> None:
        """Wait until another result may wait for its commit."""
        while self.is_full:
            self.written.clear()
            await self.written.wait()

    def notice_dropped(self) -> None:
        """Check for leases that were used up without a result."""
        self._has_work.set()

    def end(self) -> None:
        """Declare that no more results come: what is written after this releases every lease."""
        self._is_ended = True
        self._has_work.set()
        self._has_full_group.set()

    async def write_all(self) -> None:
        """Commit group after group until the end."""
        while not self._is_ended:
            await self._has_work.wait()
            self._has_work.clear()
            await self._write_group()
            await self._wait_for_group()
        await self._write_group()

    async def _wait_for_group(self) -> None:
        """Wait a moment for more results, unless there are enough."""
        if self._is_ended or len(self._results) >= FULL_GROUP:
            return
        self._has_full_group.clear()
        try:
            async with asyncio.timeout(GROUP_INTERVAL):
                await self._has_full_group.wait()
        except TimeoutError:
            return

    async def _write_group(self) -> None:
        reported, self._results = self._results, []
        results: list[tuple[QueuedDelivery, TransactionResult]] = []
        for queued, result in reported:
            queued.lease.open -= 1
            parsed = parse_acceptance(result) if isinstance(result, bytes) else result
            results.append((queued, parsed))
        used_up = self._feeder.remove_used_up()
        if self._is_ended:
            used_up += self._feeder.forget_leases()
        if results or used_up:
            group = await self._transactions.execute(
                partial(self._write, results=results, used_up=used_up)
            )
            self._count_group(group)
            _count_results(results)
        self._unwritten -= len(results)
        self.written.set()

    def _write(
        self,
        session: Session,
        *,
        results: Sequence[tuple[QueuedDelivery, TransactionResult]],
        used_up: Sequence[HeldLease],
    ) -> ResultGroup:
        """Write a group; change nothing of this object, because it may have to be written again."""
        now = self._deps.clock()
        group = ResultGroup()
        self._write_acceptances(session, results, group, now=now)
        self._write_other_outcomes(session, results, group, now=now)
        for lease in used_up:
            if not lease.is_lost:
                leases.release_batch(session, lease.batch, now=now, due_at=lease.due_at or now)
        self._pause_if_failing(session, group, now=now)
        self._notify_progress(session, group)
        return group

    def _count_group(self, group: ResultGroup) -> None:
        """Take over what a committed group has counted and decided."""
        self.tally += group.tally
        self._notified_at = group.notified_at or self._notified_at
        group.log_lost(self._edition_id)
        if group.paused_for is not None:
            self._has_paused = True
            if group.paused_for == self._alarm:
                self._alarm = None

    def _write_acceptances(
        self,
        session: Session,
        results: Sequence[tuple[QueuedDelivery, TransactionResult]],
        group: ResultGroup,
        *,
        now: datetime,
    ) -> None:
        """Write the acceptances, which are nearly all, without any work for a single one."""
        by_lease: defaultdict[HeldLease, list[tuple[ClaimedDelivery, str]]] = defaultdict(list)
        for queued, result in results:
            if isinstance(result, MessageAccepted):
                by_lease[queued.lease].append((queued.claimed, result.reply))
        for lease, accepted in by_lease.items():
            held = leases.record_acceptances(session, lease.batch, accepted, now=now)
            group.tally[DeliveryState.ACCEPTED] += len(held)
            if len(held) < len(accepted):
                group.lost += [
                    (claimed, DeliveryState.ACCEPTED)
                    for claimed, _ in accepted
                    if claimed.subscriber_id not in held
                ]

    def _write_other_outcomes(
        self,
        session: Session,
        results: Sequence[tuple[QueuedDelivery, TransactionResult]],
        group: ResultGroup,
        *,
        now: datetime,
    ) -> None:
        by_lease: defaultdict[HeldLease, list[DeliveryOutcome]] = defaultdict(list)
        for queued, result in results:
            if not isinstance(result, MessageAccepted):
                if isinstance(result, MessageDeferred) and result.holds:
                    group.hold_reason = result.holds
                outcome = self._outcome_of(queued.claimed, result, now=now)
                by_lease[queued.lease].append((queued.claimed, outcome))
        for lease, outcomes in by_lease.items():
            held = leases.record_outcomes(session, lease.batch, outcomes, now=now)
            for claimed, outcome in outcomes:
                if claimed.subscriber_id in held:
                    group.tally.update([outcome.state, *counters.cause_counters(outcome)])
                else:
                    group.lost.append((claimed, outcome.state))

    def _outcome_of(
        self, claimed: ClaimedDelivery, result: TransactionResult, *, now: datetime
    ) -> DeliveryUpdate:
        if isinstance(result, MessageDeferred) and result.holds:
            # No attempt, and due as soon as an operator has decided.
            return postpone(result.reason, now, ambiguous_attempts=claimed.ambiguous_attempts)
        known = AttemptContext(
            ids=(self._edition_id, claimed.subscriber_id),
            expires_at=self._expires_at + timedelta(minutes=claimed.wave),
            attempts=claimed.attempts,
            ambiguous_attempts=claimed.ambiguous_attempts,
            when_uncertain=self._deps.when_uncertain,
        )
        return resolve_attempt(result, known, now=now)

    def _pause_if_failing(self, session: Session, group: ResultGroup, *, now: datetime) -> None:
        """Pause the whole edition if this run alone has seen too many failures."""
        tally = self.tally + group.tally
        rates = FailureRates(
            # With an acceptance in an earlier run, these are not the first messages to be refused.
            accepted=tally[DeliveryState.ACCEPTED] or self._accepted_before,
            refused=tally[DeliveryState.REFUSED],
            faults=tally[counters.FAULTS],
            hard_bounces=tally[counters.NO_MAILBOX],
            own_pauses=self._own_pauses,
        )
        reason = self._alarm
        if reason is None and not self._has_paused:
            reason = group.hold_reason or reason_to_pause(rates, self._deps.thresholds)
        if reason is not None:
            group.paused_for = reason
            # No message begins while the pause is committed, however often that is tried.
            self.is_stopped = True
            control.pause_automatically(session, self._edition_id, now=now, reason=reason)

    def _notify_progress(self, session: Session, group: ResultGroup) -> None:
        at = monotonic()
        if self._is_ended or at - self._notified_at >= PROGRESS_INTERVAL:
            group.notified_at = at
            counters.notify_progress(session, self._edition_id)

    async def renew_leases(self) -> None:
        """Renew the leases again and again, while they wait for slow answers."""
        while True:
            await asyncio.sleep(self._deps.lease_for.total_seconds() / 3)
            held = [lease for lease in self._feeder.leases if not lease.is_lost]
            asked_at = monotonic()
            renewed = await self._transactions.execute(partial(self._renew, held=held))
            for lease in held:
                if lease.batch.id in renewed:
                    lease.valid_until = asked_at + self._deps.lease_for.total_seconds()
                elif lease in self._feeder.leases:
                    lease.is_lost, lease.valid_until = True, 0
                    log.warning(
                        "delivery.batch_lost", edition=self._edition_id, batch=lease.batch.id
                    )

    def _renew(self, session: Session, *, held: Sequence[HeldLease]) -> set[int]:
        batches = [lease.batch for lease in held]
        return leases.renew_leases(session, batches, lease_for=self._deps.lease_for)


def _count_results(results: Sequence[tuple[QueuedDelivery, TransactionResult]]) -> None:
    """Record a committed group's results for metrics, if these are exposed."""
    if not metrics.SMTP_RESULTS.is_active:
        return
    counts = Counter((queued.provider, type(result)) for queued, result in results)
    for (provider, kind), count in counts.items():
        metrics.SMTP_RESULTS.inc(
            count,
            provider=provider or "default",
            result=kind.__name__.removeprefix("Message").lower(),
        )
