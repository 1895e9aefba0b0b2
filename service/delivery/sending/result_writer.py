"""What became of the letters of one run: committed in groups, each as soon as the last one is.

While a group is committed the next one gathers, so a slow database makes groups larger and not
the run slower. Leases are renewed and given back from here, because here is known what is written.
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
from service.delivery.sending.batch_feeder import BatchFeeder
from service.delivery.sending.held_lease import HeldLease, QueuedDelivery
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

log = get_logger(__name__)

GROUP_INTERVAL = 0.05
"""Seconds between two groups: a transaction costs nearly the same for one outcome as for many."""

MAX_UNWRITTEN = 250
"""Outcomes that may wait for their commit, at most: with the mails in flight, what a kill repeats.
Nobody begins a mail while so many wait, however slow the database is."""

FULL_GROUP = MAX_UNWRITTEN // 2
"""Outcomes that do not wait for more: as many may gather while these are committed."""

PROGRESS_INTERVAL = 0.5
"""Seconds between two notes to whoever watches the progress."""

SettledDelivery = tuple[ClaimedDelivery, DeliveryUpdate]


class ResultWriter:
    """The pen of one run."""

    def __init__(
        self,
        edition_id: int,
        deps: SendDependencies,
        *,
        supply: BatchFeeder,
        expires_at: datetime,
        course: FailureRates | None = None,
    ) -> None:
        """Take how the edition has gone in other runs."""
        course = course or FailureRates()
        self.tally: Counter[str] = Counter()
        # Set once the run has to stop because of how the edition goes.
        self.is_stopped = False
        # Set whenever something was written: leases may have come to their end.
        self.moved = asyncio.Event()
        self._edition_id = edition_id
        self._deps = deps
        self._supply = supply
        self._books = AsyncTransactions(deps.begin)
        self._expires_at = expires_at
        self._own_pauses = course.own_pauses
        self._pulse = RefusalMonitor(
            deps.thresholds, is_first=not course.accepted, own_pauses=course.own_pauses
        )
        # Why this run has begun nothing more since, until the edition is paused for it.
        self._alarm: str | None = None
        # The alarm for which the edition was paused in the transaction that is under way.
        self._paused_for: str | None = None
        self._accepted_before = min(course.accepted, 1)
        self._news: list[tuple[QueuedDelivery, TransactionResult | bytes]] = []
        # Outcomes that were told and are not committed.
        self._unwritten = 0
        self._has_news = asyncio.Event()
        self._has_enough = asyncio.Event()
        self._is_ended = False
        self._told_at = 0.0
        # What only a person can decide, in a sentence.
        self._holds = ""

    def tell(self, ticket: QueuedDelivery, result: TransactionResult | bytes) -> None:
        """Take what became of a mail; bytes are an answer for `parse_acceptance`."""
        self._news.append((ticket, result))
        self._unwritten += 1
        if isinstance(result, (bytes, MessageAccepted)):
            self._pulse.accept()
        elif isinstance(result, MessageRefused) or (
            isinstance(result, MessageDeferred) and result.cause
        ):
            self._feel(result)
        self._has_news.set()
        if len(self._news) >= FULL_GROUP:
            self._has_enough.set()

    def _feel(self, refusal: MessageRefused | MessageDeferred) -> None:
        """Begin nothing more from this instant on if refusals come one after the other."""
        alarm = self._pulse.refuse(refusal.cause, refusal.reply or refusal.reason)
        if alarm is not None and not self.is_stopped:
            self.is_stopped, self._alarm = True, alarm
            self._has_enough.set()

    @property
    def is_behind(self) -> bool:
        """Whether so many outcomes wait that nothing should be begun ahead."""
        return self._unwritten >= MAX_UNWRITTEN * 4 // 5

    @property
    def is_full(self) -> bool:
        """Whether nobody may begin a mail."""
        return self._unwritten >= MAX_UNWRITTEN

    async def room(self) -> None:
        """Wait until another outcome may be waited for."""
        while self.is_full:
            self.moved.clear()
            await self.moved.wait()

    def look_again(self) -> None:
        """Notice that leases may have been used up without a mail."""
        self._has_news.set()

    def end(self) -> None:
        """Say that nothing more will be told: what is written after this gives every lease back."""
        self._is_ended = True
        self._has_news.set()
        self._has_enough.set()

    async def write_all(self) -> None:
        """Commit group after group until the end."""
        while not self._is_ended:
            await self._has_news.wait()
            self._has_news.clear()
            await self._write_group()
            await self._gather()
        await self._write_group()

    async def _gather(self) -> None:
        """Wait a moment for more outcomes, unless there are enough."""
        if self._is_ended or len(self._news) >= FULL_GROUP:
            return
        self._has_enough.clear()
        try:
            async with asyncio.timeout(GROUP_INTERVAL):
                await self._has_enough.wait()
        except TimeoutError:
            return

    async def _write_group(self) -> None:
        told, self._news = self._news, []
        news: list[tuple[QueuedDelivery, TransactionResult]] = []
        for ticket, result in told:
            ticket.holding.open -= 1
            read = parse_acceptance(result) if isinstance(result, bytes) else result
            news.append((ticket, read))
        done = self._supply.drop_used_up()
        if self._is_ended:
            done += self._supply.take_all()
        if news or done:
            await self._books.write(partial(self._write, news=news, done=done))
            _count_results(news)
            if self._paused_for is not None and self._paused_for == self._alarm:
                self._alarm = self._paused_for = None
        self._unwritten -= len(news)
        self.moved.set()

    async def keep_leases(self) -> None:
        """Renew what is held while it waits for slow answers."""
        while True:
            await asyncio.sleep(self._deps.lease_for.total_seconds() / 3)
            held = [holding for holding in self._supply.holdings if not holding.is_lost]
            asked_at = monotonic()
            still = await self._books.write(partial(self._renew, held=held))
            for holding in held:
                if holding.batch.id in still:
                    holding.until = asked_at + self._deps.lease_for.total_seconds()
                elif holding in self._supply.holdings:
                    holding.is_lost, holding.until = True, 0
                    log.warning(
                        "delivery.batch_lost", edition=self._edition_id, batch=holding.batch.id
                    )

    def _renew(self, session: Session, *, held: Sequence[HeldLease]) -> set[int]:
        batches = [holding.batch for holding in held]
        return leases.renew_leases(session, batches, lease_for=self._deps.lease_for)

    def _write(
        self,
        session: Session,
        *,
        news: Sequence[tuple[QueuedDelivery, TransactionResult]],
        done: Sequence[HeldLease],
    ) -> None:
        now = self._deps.clock()
        self._write_taken(session, news, now=now)
        self._write_others(session, news, now=now)
        for holding in done:
            if not holding.is_lost:
                leases.release_batch(session, holding.batch, now=now, due_at=holding.due_at or now)
        self._guard(session, now=now)
        self._tell(session)

    def _write_taken(
        self,
        session: Session,
        news: Sequence[tuple[QueuedDelivery, TransactionResult]],
        *,
        now: datetime,
    ) -> None:
        """Write the acceptances, which are nearly all, without a thought for each."""
        taken: defaultdict[HeldLease, list[tuple[ClaimedDelivery, str]]] = defaultdict(list)
        for ticket, result in news:
            if isinstance(result, MessageAccepted):
                taken[ticket.holding].append((ticket.claimed, result.reply))
        for holding, accepted in taken.items():
            held = leases.record_acceptances(session, holding.batch, accepted, now=now)
            self.tally[DeliveryState.ACCEPTED] += len(held)
            if len(held) < len(accepted):
                lost = [claimed for claimed, _ in accepted if claimed.subscriber_id not in held]
                self._report_lost(DeliveryState.ACCEPTED, lost)

    def _write_others(
        self,
        session: Session,
        news: Sequence[tuple[QueuedDelivery, TransactionResult]],
        *,
        now: datetime,
    ) -> None:
        others: defaultdict[HeldLease, list[SettledDelivery]] = defaultdict(list)
        for ticket, result in news:
            if not isinstance(result, MessageAccepted):
                settled = self._settle(ticket.claimed, result, now=now)
                others[ticket.holding].append((ticket.claimed, settled))
        for holding, group in others.items():
            held = leases.record_outcomes(session, holding.batch, group, now=now)
            for claimed, settled in group:
                self._count(claimed, settled, was_held=claimed.subscriber_id in held)

    def _guard(self, session: Session, *, now: datetime) -> None:
        """Stop the whole edition when this run alone has seen enough."""
        course = FailureRates(
            # What others had before: it is not the first who are refused here.
            accepted=self.tally[DeliveryState.ACCEPTED] or self._accepted_before,
            refused=self.tally[DeliveryState.REFUSED],
            faults=self.tally[counters.FAULTS],
            hard_bounces=self.tally[counters.NO_MAILBOX],
            own_pauses=self._own_pauses,
        )
        reason = self._alarm
        if reason is None and not self.is_stopped:
            reason = self._holds or reason_to_pause(course, self._deps.thresholds)
        if reason is not None:
            # Kept until it is committed: a transaction may have to be tried again.
            self.is_stopped, self._alarm, self._paused_for = True, reason, reason
            control.pause_automatically(session, self._edition_id, now=now, reason=reason)

    def _tell(self, session: Session) -> None:
        at = monotonic()
        if self._is_ended or at - self._told_at >= PROGRESS_INTERVAL:
            self._told_at = at
            counters.notify_progress(session, self._edition_id)

    def _settle(
        self, claimed: ClaimedDelivery, result: TransactionResult, *, now: datetime
    ) -> DeliveryUpdate:
        if isinstance(result, MessageDeferred) and result.holds:
            # No attempt, and due as soon as somebody has decided.
            self._holds = result.holds
            return postpone(result.reason, now, doubts=claimed.doubts)
        known = AttemptContext(
            ids=(self._edition_id, claimed.subscriber_id),
            expires_at=self._expires_at + timedelta(minutes=claimed.wave),
            attempts=claimed.attempts,
            doubts=claimed.doubts,
            when_uncertain=self._deps.when_uncertain,
        )
        return resolve_attempt(result, known, now=now)

    def _count(self, claimed: ClaimedDelivery, settled: DeliveryUpdate, *, was_held: bool) -> None:
        if was_held:
            self.tally.update(counters.cause_counters(settled))
            self.tally[settled.state] += 1
            return
        self._report_lost(settled.state, [claimed])

    def _report_lost(self, state: DeliveryState, lost: Sequence[ClaimedDelivery]) -> None:
        """Somebody else has the rows by now; a mail may have gone out twice."""
        for claimed in lost:
            log.warning(
                "delivery.lease_lost",
                edition=self._edition_id,
                subscriber=claimed.subscriber_id,
                state=state.value,
            )


def _count_results(news: Sequence[tuple[QueuedDelivery, TransactionResult]]) -> None:
    """Record a committed group's results for metrics, if these are exposed."""
    if not metrics.SMTP_RESULTS.is_active:
        return
    counts = Counter((ticket.provider, type(result)) for ticket, result in news)
    for (provider, kind), count in counts.items():
        metrics.SMTP_RESULTS.inc(
            count,
            provider=provider or "default",
            result=kind.__name__.removeprefix("Message").lower(),
        )
