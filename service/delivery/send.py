"""The heart: lease → write → hand over → record, until nothing is due.

Every carrier has its own connection. A lease is never older than `FRESH_FOR` when its mail
begins: whoever leaves in the middle of a send gets nothing more.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from service.delivery import lease
from service.delivery.close import close_books
from service.delivery.crew import Books, Crew
from service.delivery.drain import cut_short
from service.delivery.line import Sealed
from service.delivery.queries import editions as queries
from service.delivery.queries.deliveries import Claimed, Taken
from service.delivery.record import Recorder, Unused
from service.delivery.reply import Deferred, Refused, Result
from service.delivery.smtp import Carrier, Unreachable
from service.kit.db import Session

log = structlog.get_logger(__name__)

FRESH_FOR = 1.0
"""Seconds between the look at a reader and the start of their mail, at most."""

MOST_AT_ONCE = 500
"""Leases in one claim, at most."""

RELAY_PAUSE = timedelta(seconds=30)
"""How long deliveries rest that found no relay to talk to."""


class Writer(Protocol):
    """Writes the letters of one edition."""

    def prepare(self, session: Session, mask: int) -> None:
        """Load what the letters of one variant have in common; doing it again is cheap."""

    def write(self, claimed: Claimed) -> Sealed | Refused | Deferred:
        """Return one reader's letter, or why there is none."""


def send_edition(
    edition_id: int, crew: Crew, *, writer: Writer, stop: Callable[[], bool]
) -> Counter[str]:
    """Hand over what is due of an edition; return how many ended in which state.

    Ends when nothing is due, when `stop` says so, when no relay is reachable, when the edition is
    paused or cancelled, or when the crew's time is up. Several may run at once.
    """
    with crew.begin() as session:
        standing = queries.standing(session, edition_id=edition_id)
    if standing is None:
        return Counter()
    tally: Counter[str] = Counter()
    halted = False
    if standing.goes_out and standing.expires_at is not None:
        run = _Run(edition_id, crew, expires_at=standing.expires_at, writer=writer, stop=stop)
        asyncio.run(run.go())
        tally, halted = run.recorder.tally, run.is_halted()
        log.info("delivery.run_ended", edition=edition_id, **tally)
    with crew.begin() as session:
        close_books(session, edition_id, now=crew.clock(), ring_again=not halted)
    return tally


@dataclass(frozen=True, slots=True)
class _Ticket:
    """A leased delivery on its way to a carrier, and when its reader was looked at."""

    claimed: Claimed
    looked_at: float


class _Run:
    """One pass over an edition's due deliveries."""

    def __init__(
        self,
        edition_id: int,
        crew: Crew,
        *,
        expires_at: datetime,
        writer: Writer,
        stop: Callable[[], bool],
    ) -> None:
        self._edition_id = edition_id
        self._crew = crew
        self._writer = writer
        self._stop = stop
        self._books = Books(crew.begin)
        self.recorder = Recorder(edition_id, crew, books=self._books, expires_at=expires_at)
        # Carriers that have a relay to talk to.
        self._carriers = crew.connections
        # Mails since the last claim: how many to lease next.
        self._begun = 0
        self._tickets: asyncio.Queue[_Ticket | None] = asyncio.Queue()
        self._running_low = asyncio.Event()

    def is_halted(self) -> bool:
        """Tell whether there is a reason to begin no more mails."""
        return self._stop() or not self.recorder.goes_out or not self._carriers

    async def go(self) -> None:
        """Run until there is nothing to do or a reason to stop; every outcome is committed."""
        async with asyncio.TaskGroup() as pens:
            keeping = pens.create_task(self.recorder.keep_leases())
            writing = pens.create_task(self.recorder.write_all())
            carriers = self._hire()
            cutting = pens.create_task(
                cut_short(carriers, stop=self._stop, after=self._crew.drain_for)
            )
            async with asyncio.TaskGroup() as hands:
                hands.create_task(self._feed())
                for carrier in carriers:
                    hands.create_task(self._carry(carrier))
            self.recorder.end()
            await writing
            keeping.cancel()
            cutting.cancel()

    def _hire(self) -> list[Carrier]:
        relays = self._crew.relays
        return [
            Carrier(relays[number % len(relays)], timeouts=self._crew.timeouts)
            for number in range(self._crew.connections)
        ]

    async def _feed(self) -> None:
        """Lease as many as will begin within a moment, again and again."""
        loop = asyncio.get_running_loop()
        began = last = loop.time()
        few = limit = self._crew.connections * 2
        while not self.is_halted() and loop.time() - began < self._crew.run_for.total_seconds():
            taken = await self._books.write(partial(self._claim, limit=limit))
            if not taken.leased and not taken.settled:
                break
            looked_at = loop.time()
            for claimed in taken.leased:
                self._tickets.put_nowait(_Ticket(claimed, looked_at))
            await self._wait_until_low()
            speed = self._begun / max(loop.time() - last, 0.001)
            last, self._begun = loop.time(), 0
            limit = max(few, min(MOST_AT_ONCE, int(speed * FRESH_FOR / 2)))
        await self._tickets.join()
        for _ in range(self._crew.connections):
            self._tickets.put_nowait(None)

    def _claim(self, session: Session, *, limit: int) -> Taken:
        wish = lease.Wish(edition_id=self._edition_id, limit=limit, lease_for=self._crew.lease_for)
        taken = lease.claim(session, wish, keyring=self._crew.keyring, now=self._crew.clock())
        for mask in {claimed.mask for claimed in taken.leased}:
            self._writer.prepare(session, mask)
        self.recorder.hold(taken.leased)
        self.recorder.tally.update(suppressed=taken.suppressed, expired=taken.expired)
        return taken

    async def _wait_until_low(self) -> None:
        while self._tickets.qsize() > self._crew.connections and not self.is_halted():
            self._running_low.clear()
            await self._running_low.wait()

    async def _carry(self, carrier: Carrier) -> None:
        """Hand tickets over on one connection until there are no more, or no relay to talk to."""
        try:
            while (ticket := await self._tickets.get()) is not None:
                self._running_low.set()
                result = await self._hand_over(ticket, carrier)
                if isinstance(result, Unreachable):
                    log.warning("relay.unreachable", edition=self._edition_id, reason=result.reason)
                    self._retire(ticket)
                    return
                self.recorder.tell(ticket.claimed, result)
                self._begun += 1
                self._tickets.task_done()
        finally:
            await carrier.close()

    async def _hand_over(self, ticket: _Ticket, carrier: Carrier) -> Result | Unreachable | Unused:
        """Hand one letter over, unless its lease has become stale or there is a reason to stop."""
        age = asyncio.get_running_loop().time() - ticket.looked_at
        if age > FRESH_FOR or self.is_halted():
            return Unused()
        letter = self._writer.write(ticket.claimed)
        if not isinstance(letter, Sealed):
            return letter
        return await carrier.hand_over(letter)

    def _retire(self, ticket: _Ticket) -> None:
        """One carrier finds its relay away: the others go on; with the last one the run ends."""
        self._carriers -= 1
        self._tickets.put_nowait(ticket)
        self._tickets.task_done()
        if not self._carriers:
            self._running_low.set()
            while not self._tickets.empty():
                left = self._tickets.get_nowait()
                self._tickets.task_done()
                if left is not None:
                    self.recorder.tell(left.claimed, Unused(RELAY_PAUSE))
