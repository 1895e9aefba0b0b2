"""The heart: lease → look → write → hand over → record, until nothing is due.

Every carrier has its own connection. A reader was looked at no longer than `FRESH_FOR` before
their mail begins: whoever leaves in the middle of a send gets nothing more.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from time import monotonic
from typing import Any

from service.delivery.async_transactions import AsyncTransactions
from service.delivery.dependencies import SendDependencies
from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.queries import counters
from service.delivery.progress.thresholds import FailureRates, reason_to_pause
from service.delivery.relay_incidents import RelayIncidents
from service.delivery.sending import wakeups
from service.delivery.sending.batch_feeder import BatchFeeder, MessageSource
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
"""Readers in one look, at most."""

WATCH_INTERVAL = 0.5
"""Seconds between two looks at what an operator has decided."""

IDLE_DELAY = timedelta(seconds=2)
"""How long an edition rests after a run that found nothing to do although something is due."""

RELAY_RETRY_DELAY = timedelta(seconds=30)
"""How long deliveries rest that found no relay to talk to."""


def send_once(
    edition_id: int, deps: SendDependencies, *, writer: MessageSource, stop: Callable[[], bool]
) -> Counter[str]:
    """Hand over what is due of an edition; return how many ended in which state.

    Ends when nothing is due, when `stop` says so, when no relay is reachable, when the edition is
    paused or cancelled, or when the crew's time is up. Several may run at once.
    """
    with deps.begin() as session:
        standing = queries.edition_send_status(session, edition_id=edition_id)
        if standing is None:
            return Counter()
        course = counters.failure_rates(session, edition_id)
    tally: Counter[str] = Counter()
    halted = False
    if standing.goes_out and standing.expires_at is not None:
        run = SendRun(edition_id, deps, standing=standing, course=course, writer=writer, stop=stop)
        try:
            asyncio.run(run.go())
        finally:
            run.end()
        tally, halted = run.recorder.tally, run.is_halted()
        log.info("delivery.run_ended", edition=edition_id, **tally)
    expire_cancelled(deps.begin, edition_id, clock=deps.clock, stop=stop)
    with deps.begin() as session:
        now = deps.clock()
        # A run that did nothing would do nothing again: what is due is in somebody's hands.
        ring_in = timedelta(0) if tally else IDLE_DELAY
        is_over = finish_or_wake(session, edition_id, now=now, ring_in=None if halted else ring_in)
        if tally[DeliveryState.REFUSED] and not is_over:
            # A short run may have ended between two looks at what all runs have met together.
            _look_at_course(session, edition_id, deps)
        if tally[DeliveryState.REFUSED]:
            outbox.enqueue(session, RECORD_REFUSALS.name, {"edition_id": edition_id}, now=now)
    return tally


def _look_at_course(session: Session, edition_id: int, deps: SendDependencies) -> bool:
    """Pause an edition that goes wrong everywhere; tell whether it may go on."""
    reason = reason_to_pause(counters.failure_rates(session, edition_id), deps.thresholds)
    if reason is not None:
        control.pause_automatically(session, edition_id, now=deps.clock(), reason=reason)
    return reason is None


class SendRun:
    """One pass over an edition's due deliveries."""

    def __init__(
        self,
        edition_id: int,
        deps: SendDependencies,
        *,
        standing: EditionSendStatus,
        course: FailureRates,
        writer: MessageSource,
        stop: Callable[[], bool],
    ) -> None:
        assert standing.expires_at is not None
        self._edition_id = edition_id
        self._deps = deps
        self._stop = stop
        self._sender = standing.sender_domain
        self._incidents = RelayIncidents(deps.begin, deps.clock)
        self._books = AsyncTransactions(deps.begin)
        self._supply = BatchFeeder(deps, edition_id=edition_id, standing=standing, writer=writer)
        self.recorder = ResultWriter(
            edition_id,
            deps,
            supply=self._supply,
            expires_at=standing.expires_at,
            course=course,
        )
        self._desk = ReadyQueue()
        self._goes_out = True
        # What made it halt that should not have happened.
        self._failure: Exception | None = None
        # Carriers that have a relay to talk to.
        self._carriers = deps.connections
        # What the first of the others has met.
        self._why = ""
        self._open_connections: Counter[Relay] = Counter()
        self._scribe = MessagePrefetcher(self._desk, writer)
        self._floor = SendContext(
            desk=self._desk,
            recorder=self.recorder,
            scribe=self._scribe,
            throttle=deps.throttle,
            is_halted=self.is_halted,
        )

    def is_halted(self) -> bool:
        """Tell whether there is a reason to begin no more mails."""
        is_wrong = self.recorder.is_stopped or self._scribe.failure is not None
        return self._stop() or not self._goes_out or is_wrong or not self._carriers

    def end(self) -> None:
        """Keep nothing that another run of this process waits for, however this one ended."""
        self._supply.take_all()

    async def go(self) -> None:
        """Run until there is nothing to do or a reason to stop; every outcome is committed.

        A failure is a reason to stop, too, and is raised when that is done: what was handed over
        and is not written would be handed over again.
        """
        throttle = self._deps.throttle
        connections = [
            RelayConnection(
                self._deps.relay_pool,
                sender_domain=self._sender,
                open_connections=self._open_connections,
                timeouts=self._deps.timeouts,
                incidents=self._incidents,
                provider_limit=throttle.rules.connection_limit if throttle else None,
            )
            for _ in range(self._deps.connections)
        ]
        async with asyncio.TaskGroup() as pens:
            writing = pens.create_task(self.recorder.write_all())
            others = [
                pens.create_task(self._in_order(self.recorder.keep_leases())),
                pens.create_task(self._in_order(self._watch())),
                pens.create_task(
                    cut_connections(connections, stop=self._stop, after=self._deps.drain_for)
                ),
            ]
            async with asyncio.TaskGroup() as hands:
                hands.create_task(self._in_order(self._feed()))
                for connection in connections:
                    hands.create_task(self._in_order(self._carry(connection)))
            if not self._carriers:
                self._let_rest()
            self.recorder.end()
            await writing
            for other in others:
                other.cancel()
        if self._failure is not None:
            raise self._failure
        self._scribe.insist()

    async def _in_order(self, work: Coroutine[Any, Any, None]) -> None:
        """Let a failure halt the run instead of breaking it off; the first one is kept."""
        try:
            await work
        except Exception as error:  # noqa: BLE001  Raised at the end of the run.
            self._failure = self._failure or error
            self._goes_out = False
            self._desk.close()

    async def _watch(self) -> None:
        """Notice what an operator has decided, and how the edition goes everywhere."""
        while self._goes_out:
            await asyncio.sleep(WATCH_INTERVAL)
            self._goes_out = await self._books.write(self._look_at_edition)

    def _look_at_edition(self, session: Session) -> bool:
        standing = queries.edition_send_status(session, edition_id=self._edition_id)
        if standing is None or not standing.goes_out:
            if standing is not None and standing.to_revise:
                now, args = self._deps.clock(), {"edition_id": self._edition_id}
                outbox.enqueue_once(session, BUILD_EDITION.name, args, now=now)
            return False
        return _look_at_course(session, self._edition_id, self._deps)

    async def _feed(self) -> None:
        """Look at as many readers as will begin within a moment, again and again."""
        began = last = monotonic()
        has_called = False
        few = limit = self._deps.connections * 2
        while not self.is_halted() and monotonic() - began < self._deps.run_for.total_seconds():
            fetched = await self._supply.fetch(limit)
            if fetched.is_dry:
                break
            if fetched.tickets:
                self._desk.put(fetched.tickets, in_flight_limit=fetched.in_flight_limit)
                await self._desk.low(limit // 2, patience=RECHECK_VALID_FOR)
            else:
                self.recorder.look_again()
                await self._rest(fetched.wait)
            if self._floor.begun and not has_called:
                has_called = True
                await self._books.write(self._call_others)
            speed = self._floor.begun / max(monotonic() - last, 0.001)
            last, self._floor.begun = monotonic(), 0
            limit = max(few, min(MAX_RECHECK, int(speed * RECHECK_VALID_FOR / 2)))
        self._desk.close()

    def _call_others(self, session: Session) -> None:
        """Only whoever gets mails away calls, or all would call each other to a dead relay."""
        wakeups.wake_other_workers(session, self._edition_id, now=self._deps.clock())

    async def _rest(self, wait: float) -> None:
        """Wait until something was written, and for as long as somebody asked to."""
        self.recorder.moved.clear()
        try:
            async with asyncio.timeout(min(max(wait, 0.02), RECHECK_VALID_FOR)):
                await self.recorder.moved.wait()
                if wait:
                    await asyncio.sleep(wait)
        except TimeoutError:
            return

    async def _carry(self, connection: RelayConnection) -> None:
        """Hand letters over on one connection; with the last one that finds no relay all end."""
        missed = await ConnectionWorker(self._floor, connection).work()
        if missed is None:
            return
        self._why = self._why or missed.reason
        self._carriers -= 1
        if not self._carriers:
            log.warning("relay.unreachable", edition=self._edition_id, reason=self._why)
            for left in self._desk.take_all():
                self._floor.drop(left)

    def _let_rest(self) -> None:
        """Nobody is to try again before the relays had a moment."""
        due_at = self._deps.clock() + RELAY_RETRY_DELAY
        for holding in self._supply.holdings:
            holding.due_at = due_at
