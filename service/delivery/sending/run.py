"""Sends an edition: lease → recheck → compose → hand over → write results, until nothing is due.

Read it from top to bottom, then `connection_worker` (one connection) and `result_writer` (what is
committed). Each connection worker has its own connection. A reader is rechecked at most
`RECHECK_VALID_FOR` before their message begins: one who unsubscribes meanwhile gets nothing more.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from time import monotonic

from service.delivery.async_transactions import AsyncTransactions
from service.delivery.dependencies import SendDependencies
from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.queries import counters
from service.delivery.progress.thresholds import FailureRates, reason_to_pause
from service.delivery.relay_incidents import RelayIncidents
from service.delivery.sending import wake_workers
from service.delivery.sending.batch_feeder import BatchFeeder, Composer
from service.delivery.sending.connection_worker import (
    RECHECK_VALID_FOR,
    ConnectionWorker,
    SendContext,
)
from service.delivery.sending.prefetcher import MessagePrefetcher
from service.delivery.sending.ready_queue import ReadyQueue
from service.delivery.sending.result_writer import ResultWriter
from service.delivery.smtp.drain import cut_connections
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.workflow.close import expire_cancelled, finish_or_wake
from service.delivery.workflow.queries import editions as queries
from service.delivery.workflow.queries.editions import EditionSendStatus
from service.editions import control
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, RECORD_REFUSALS
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

MAX_RECHECK = 500
"""Maximum number of readers in one recheck."""

WATCH_INTERVAL = 0.5
"""Seconds between two checks of what an operator has decided."""

IDLE_DELAY = timedelta(seconds=2)
"""How long an edition rests after a run that found nothing to do although something is due."""

RELAY_RETRY_DELAY = timedelta(seconds=30)
"""How long deliveries rest that found no relay reachable."""


def send_until_done(
    edition_id: int,
    deps: SendDependencies,
    *,
    composer: Composer,
    stop: Callable[[], bool],
    is_contended: Callable[[], bool],
) -> Counter[str]:
    """Send what is due of an edition, run after run; return the deliveries by their new state.

    Ends like `send_once`; when a run's time is up, only if `is_contended` says that another edition
    waits for this process. Each run has fresh connections. Going on needs no job message, so that a
    large edition is sent to its end while Valkey is full or unavailable.
    """
    total: Counter[str] = Counter()
    while True:
        tally = send_once(edition_id, deps, composer=composer, stop=stop)
        total += tally
        if not tally or stop() or is_contended():
            return total
        with deps.begin() as session:
            if not queries.has_due_deliveries(session, edition_id=edition_id, now=deps.clock()):
                return total


def send_once(
    edition_id: int, deps: SendDependencies, *, composer: Composer, stop: Callable[[], bool]
) -> Counter[str]:
    """Send what is due of an edition in one run; return the deliveries by their new state.

    Ends when nothing is due, when `stop` returns True, when no relay is reachable, when the edition
    is paused or cancelled, or after `deps.run_for`. Several runs of one edition may be concurrent.
    """
    with deps.begin() as session:
        status = queries.edition_send_status(session, edition_id=edition_id)
        if status is None:
            return Counter()
        rates = counters.failure_rates(session, edition_id)
    tally: Counter[str] = Counter()
    is_halted = False
    if status.is_sendable and status.expires_at is not None:
        run = SendRun(
            edition_id,
            deps,
            status=status,
            expires_at=status.expires_at,
            rates=rates,
            composer=composer,
            stop=stop,
        )
        tally = run.send()
        is_halted = run.is_halted()
        log.info("delivery.run_ended", edition=edition_id, **tally)
    expire_cancelled(deps.begin, edition_id, clock=deps.clock, stop=stop)
    with deps.begin() as session:
        now = deps.clock()
        # A run that did nothing would do nothing again: another worker holds what is due.
        delay = timedelta(0) if tally else IDLE_DELAY
        is_over = finish_or_wake(session, edition_id, now=now, wake_in=None if is_halted else delay)
        if tally[DeliveryState.REFUSED] and not is_over:
            # A short run may have ended between two checks of what all runs have met together.
            _pause_if_failing(session, edition_id, deps)
        if tally[DeliveryState.REFUSED]:
            outbox.enqueue(session, RECORD_REFUSALS.name, {"edition_id": edition_id}, now=now)
    return tally


def _pause_if_failing(session: Session, edition_id: int, deps: SendDependencies) -> bool:
    """Pause an edition that fails too often in all runs together; return whether it was paused."""
    reason = reason_to_pause(counters.failure_rates(session, edition_id), deps.thresholds)
    if reason is not None:
        control.pause_automatically(session, edition_id, now=deps.clock(), reason=reason)
    return reason is not None


class SendRun:
    """One run over an edition's due deliveries, with all its connections."""

    def __init__(  # noqa: PLR0913  What is known of an edition is read once and passed on by name.
        self,
        edition_id: int,
        deps: SendDependencies,
        *,
        status: EditionSendStatus,
        expires_at: datetime,
        rates: FailureRates,
        composer: Composer,
        stop: Callable[[], bool],
    ) -> None:
        self._edition_id = edition_id
        self._deps = deps
        self._stop = stop
        self._sender_domain = status.sender_domain
        self._incidents = RelayIncidents(deps.begin, deps.clock)
        self._transactions = AsyncTransactions(deps.begin)
        self._feeder = BatchFeeder(deps, edition_id=edition_id, status=status, composer=composer)
        self._results = ResultWriter(
            edition_id, deps, feeder=self._feeder, expires_at=expires_at, rates=rates
        )
        self._ready = ReadyQueue()
        self._prefetcher = MessagePrefetcher(self._ready, composer)
        self._context = SendContext(
            ready=self._ready,
            results=self._results,
            prefetcher=self._prefetcher,
            throttle=deps.throttle,
            is_halted=self.is_halted,
        )
        self._is_sendable = True
        # The first error of a part of the run: raised when all results are written.
        self._failure: Exception | None = None
        # How many workers have a relay to talk to, and why the first of the others has none.
        self._connected = deps.connections
        self._unreachable_reason = ""
        self._open_connections: Counter[Relay] = Counter()

    def send(self) -> Counter[str]:
        """Send until there is nothing to do or a reason to stop; return deliveries by new state.

        A failure of the run is raised only after every result is committed: a message that was
        handed over and is not recorded would be sent again.
        """
        try:
            asyncio.run(self._send())
        finally:
            # Another run of this process may wait for what the leases keep locked.
            self._feeder.forget_leases()
        return self._results.tally

    def is_halted(self) -> bool:
        """Return whether there is a reason to begin no more messages."""
        is_wrong = self._results.is_stopped or self._prefetcher.failure is not None
        return self._stop() or not self._is_sendable or is_wrong or not self._connected

    async def _send(self) -> None:
        throttle = self._deps.throttle
        connections = [
            RelayConnection(
                self._deps.relay_pool,
                sender_domain=self._sender_domain,
                open_connections=self._open_connections,
                timeouts=self._deps.timeouts,
                incidents=self._incidents,
                provider_limit=throttle.rules.connection_limit if throttle else None,
            )
            for _ in range(self._deps.connections)
        ]
        async with asyncio.TaskGroup() as background:
            writing = background.create_task(self._results.write_all())
            others = [
                background.create_task(self._guarded(self._results.renew_leases())),
                background.create_task(self._guarded(self._watch_edition())),
                background.create_task(
                    cut_connections(connections, stop=self._stop, after=self._deps.drain_for)
                ),
            ]
            async with asyncio.TaskGroup() as sending:
                sending.create_task(self._guarded(self._feed()))
                for connection in connections:
                    sending.create_task(self._guarded(self._work(connection)))
            if not self._connected:
                self._delay_leases()
            self._results.end()
            await writing
            for other in others:
                other.cancel()
        if self._failure is not None:
            raise self._failure
        self._prefetcher.raise_failure()

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """Let a failure halt the run in good order instead of cancelling it; keep the first one."""
        try:
            await work
        except Exception as error:  # noqa: BLE001  Raised at the end of the run.
            self._failure = self._failure or error
            self._is_sendable = False
            self._ready.close()

    async def _feed(self) -> None:
        """Recheck as many readers as will begin within a moment, again and again."""
        started = last = monotonic()
        has_woken_others = False
        few = limit = self._deps.connections * 2
        while not self.is_halted() and monotonic() - started < self._deps.run_for.total_seconds():
            fetched = await self._feeder.fetch(limit)
            if fetched.is_dry:
                break
            if fetched.deliveries:
                self._ready.put(fetched.deliveries, limits=fetched.limits)
                await self._ready.wait_until_low(limit // 2, timeout=RECHECK_VALID_FOR)
            else:
                self._results.notice_dropped()
                await self._wait_for_results(fetched.wait)
            if self._context.ended and not has_woken_others:
                has_woken_others = True
                await self._transactions.execute(self._wake_others)
            speed = self._context.ended / max(monotonic() - last, 0.001)
            last, self._context.ended = monotonic(), 0
            limit = max(few, min(MAX_RECHECK, int(speed * RECHECK_VALID_FOR / 2)))
        self._ready.close()

    def _wake_others(self, session: Session) -> None:
        """Wake other processes after a first message, so that a dead relay never wakes them."""
        wake_workers.wake_other_workers(session, self._edition_id, now=self._deps.clock())

    async def _wait_for_results(self, wait: float) -> None:
        """Wait until something was written, and then for `wait` seconds; a second at most."""
        self._results.written.clear()
        try:
            async with asyncio.timeout(min(max(wait, 0.02), RECHECK_VALID_FOR)):
                await self._results.written.wait()
                if wait:
                    await asyncio.sleep(wait)
        except TimeoutError:
            return

    async def _work(self, connection: RelayConnection) -> None:
        """Send over one connection; when the last one finds no relay, the run ends."""
        unreachable = await ConnectionWorker(self._context, connection).send_all()
        if unreachable is None:
            return
        self._unreachable_reason = self._unreachable_reason or str(unreachable.reason)
        self._connected -= 1
        if not self._connected:
            log.warning(
                "relay.unreachable", edition=self._edition_id, reason=self._unreachable_reason
            )
            for queued in self._ready.drain():
                self._context.drop(queued)

    def _delay_leases(self) -> None:
        """Let no worker retry before the relays had a moment to recover."""
        due_at = self._deps.clock() + RELAY_RETRY_DELAY
        for lease in self._feeder.leases:
            lease.due_at = due_at

    async def _watch_edition(self) -> None:
        """Notice what an operator has decided, and how the edition goes in all runs together."""
        while self._is_sendable:
            await asyncio.sleep(WATCH_INTERVAL)
            self._is_sendable = await self._transactions.execute(self._check_edition)

    def _check_edition(self, session: Session) -> bool:
        """Return whether the edition may still be sent; enqueue its revision where it needs one."""
        status = queries.edition_send_status(session, edition_id=self._edition_id)
        if status is None or not status.is_sendable:
            if status is not None and status.needs_revision:
                now, args = self._deps.clock(), {"edition_id": self._edition_id}
                outbox.enqueue_once(session, BUILD_EDITION.name, args, now=now)
            return False
        return not _pause_if_failing(session, self._edition_id, self._deps)
