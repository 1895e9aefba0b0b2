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

from service.delivery import wakeups
from service.delivery.books import Books
from service.delivery.carrier import Carrier
from service.delivery.close import close_books, end_cancelled
from service.delivery.crew import Crew
from service.delivery.desk import Desk
from service.delivery.drain import cut_short
from service.delivery.hand import FRESH_FOR, Floor, Hand
from service.delivery.lifecycle import State
from service.delivery.queries import editions as queries
from service.delivery.queries import progress
from service.delivery.queries.editions import Standing
from service.delivery.record import Recorder
from service.delivery.scribe import Scribe
from service.delivery.smtp import Relay
from service.delivery.supply import LetterWriter, Supply
from service.delivery.thresholds import Course, reason_to_pause
from service.delivery.trouble import News
from service.editions import desk as editions
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, RECORD_REFUSALS
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

MOST_AT_ONCE = 500
"""Readers in one look, at most."""

WATCH_EVERY = 0.5
"""Seconds between two looks at what an operator has decided."""

IDLE_REST = timedelta(seconds=2)
"""How long an edition rests after a run that found nothing to do although something is due."""

RELAY_PAUSE = timedelta(seconds=30)
"""How long deliveries rest that found no relay to talk to."""


def send_edition(
    edition_id: int, crew: Crew, *, writer: LetterWriter, stop: Callable[[], bool]
) -> Counter[str]:
    """Hand over what is due of an edition; return how many ended in which state.

    Ends when nothing is due, when `stop` says so, when no relay is reachable, when the edition is
    paused or cancelled, or when the crew's time is up. Several may run at once.
    """
    with crew.begin() as session:
        standing = queries.standing(session, edition_id=edition_id)
        if standing is None:
            return Counter()
        course = progress.course(session, edition_id)
    tally: Counter[str] = Counter()
    halted = False
    if standing.goes_out and standing.expires_at is not None:
        run = _Run(edition_id, crew, standing=standing, course=course, writer=writer, stop=stop)
        try:
            asyncio.run(run.go())
        finally:
            run.end()
        tally, halted = run.recorder.tally, run.is_halted()
        log.info("delivery.run_ended", edition=edition_id, **tally)
    end_cancelled(crew.begin, edition_id, clock=crew.clock, stop=stop)
    with crew.begin() as session:
        now = crew.clock()
        # A run that did nothing would do nothing again: what is due is in somebody's hands.
        ring_in = timedelta(0) if tally else IDLE_REST
        is_over = close_books(session, edition_id, now=now, ring_in=None if halted else ring_in)
        if tally[State.REFUSED] and not is_over:
            # A short run may have ended between two looks at what all runs have met together.
            _look_at_course(session, edition_id, crew)
        if tally[State.REFUSED]:
            outbox.enqueue(session, RECORD_REFUSALS.name, {"edition_id": edition_id}, now=now)
    return tally


def _look_at_course(session: Session, edition_id: int, crew: Crew) -> bool:
    """Pause an edition that goes wrong everywhere; tell whether it may go on."""
    reason = reason_to_pause(progress.course(session, edition_id), crew.thresholds)
    if reason is not None:
        editions.pause_itself(session, edition_id, now=crew.clock(), reason=reason)
    return reason is None


class _Run:
    """One pass over an edition's due deliveries."""

    def __init__(
        self,
        edition_id: int,
        crew: Crew,
        *,
        standing: Standing,
        course: Course,
        writer: LetterWriter,
        stop: Callable[[], bool],
    ) -> None:
        assert standing.expires_at is not None
        self._edition_id = edition_id
        self._crew = crew
        self._stop = stop
        self._sender = standing.sender_domain
        self._news = News(crew.begin, crew.clock)
        self._books = Books(crew.begin)
        self._supply = Supply(crew, edition_id=edition_id, standing=standing, writer=writer)
        self.recorder = Recorder(
            edition_id,
            crew,
            supply=self._supply,
            expires_at=standing.expires_at,
            course=course,
        )
        self._desk = Desk()
        self._goes_out = True
        # What made it halt that should not have happened.
        self._failure: Exception | None = None
        # Carriers that have a relay to talk to.
        self._carriers = crew.connections
        # What the first of the others has met.
        self._why = ""
        self._busy: Counter[Relay] = Counter()
        self._scribe = Scribe(self._desk, writer)
        self._floor = Floor(
            desk=self._desk,
            recorder=self.recorder,
            scribe=self._scribe,
            pacer=crew.pacer,
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
        carriers = [
            Carrier(
                self._crew.fleet,
                sender_domain=self._sender,
                busy=self._busy,
                timeouts=self._crew.timeouts,
                news=self._news,
            )
            for _ in range(self._crew.connections)
        ]
        async with asyncio.TaskGroup() as pens:
            writing = pens.create_task(self.recorder.write_all())
            others = [
                pens.create_task(self._in_order(self.recorder.keep_leases())),
                pens.create_task(self._in_order(self._watch())),
                pens.create_task(cut_short(carriers, stop=self._stop, after=self._crew.drain_for)),
            ]
            async with asyncio.TaskGroup() as hands:
                hands.create_task(self._in_order(self._feed()))
                for carrier in carriers:
                    hands.create_task(self._in_order(self._carry(carrier)))
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
            await asyncio.sleep(WATCH_EVERY)
            self._goes_out = await self._books.write(self._look_at_edition)

    def _look_at_edition(self, session: Session) -> bool:
        standing = queries.standing(session, edition_id=self._edition_id)
        if standing is None or not standing.goes_out:
            if standing is not None and standing.to_revise:
                now, args = self._crew.clock(), {"edition_id": self._edition_id}
                outbox.enqueue_once(session, BUILD_EDITION.name, args, now=now)
            return False
        return _look_at_course(session, self._edition_id, self._crew)

    async def _feed(self) -> None:
        """Look at as many readers as will begin within a moment, again and again."""
        began = last = monotonic()
        has_called = False
        few = limit = self._crew.connections * 2
        while not self.is_halted() and monotonic() - began < self._crew.run_for.total_seconds():
            fetched = await self._supply.fetch(limit)
            if fetched.is_dry:
                break
            if fetched.tickets:
                self._desk.put(fetched.tickets, at_once=fetched.at_once)
                await self._desk.low(limit // 2, patience=FRESH_FOR)
            else:
                self.recorder.look_again()
                await self._rest(fetched.wait)
            if self._floor.begun and not has_called:
                has_called = True
                await self._books.write(self._call_others)
            speed = self._floor.begun / max(monotonic() - last, 0.001)
            last, self._floor.begun = monotonic(), 0
            limit = max(few, min(MOST_AT_ONCE, int(speed * FRESH_FOR / 2)))
        self._desk.close()

    def _call_others(self, session: Session) -> None:
        """Only whoever gets mails away calls, or all would call each other to a dead relay."""
        wakeups.wake_other_workers(session, self._edition_id, now=self._crew.clock())

    async def _rest(self, wait: float) -> None:
        """Wait until something was written, and for as long as somebody asked to."""
        self.recorder.moved.clear()
        try:
            async with asyncio.timeout(min(max(wait, 0.02), FRESH_FOR)):
                await self.recorder.moved.wait()
                if wait:
                    await asyncio.sleep(wait)
        except TimeoutError:
            return

    async def _carry(self, carrier: Carrier) -> None:
        """Hand letters over on one connection; with the last one that finds no relay all end."""
        missed = await Hand(self._floor, carrier).work()
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
        due_at = self._crew.clock() + RELAY_PAUSE
        for holding in self._supply.holdings:
            holding.due_at = due_at
