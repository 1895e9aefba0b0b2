"""What became of the letters of one run: committed in groups, each as soon as the last one is.

While a group is committed the next one gathers, so a slow database makes groups larger and not
the run slower. Leases are renewed from here, because here is known which are still held.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from service.delivery import lease
from service.delivery.crew import Books, Crew
from service.delivery.queries import editions as queries
from service.delivery.queries.deliveries import Claimed
from service.delivery.reply import Result
from service.delivery.retry import Settlement, settle
from service.kit.db import Session

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unused:
    """A lease that goes back, to be due again after a rest."""

    rest_for: timedelta = timedelta(0)


News = tuple[Claimed, Result | Unused]


class Recorder:
    """The pen of one run."""

    def __init__(self, edition_id: int, crew: Crew, *, books: Books, expires_at: datetime) -> None:
        self.tally: Counter[str] = Counter()
        # False once the edition was found paused, cancelled or finished.
        self.goes_out = True
        self._edition_id = edition_id
        self._crew = crew
        self._books = books
        self._expires_at = expires_at
        self._held: dict[int, Claimed] = {}
        self._news: asyncio.Queue[News | None] = asyncio.Queue()

    def hold(self, leased: Sequence[Claimed]) -> None:
        """Remember leases that must be kept alive."""
        self._held.update({claimed.subscriber_id: claimed for claimed in leased})

    def tell(self, claimed: Claimed, result: Result | Unused) -> None:
        """Take what became of a lease."""
        self._news.put_nowait((claimed, result))

    def end(self) -> None:
        """Say that nothing more will be told."""
        self._news.put_nowait(None)

    async def write_all(self) -> None:
        """Commit group after group until the end."""
        more = True
        while more:
            group = [await self._news.get()]
            while not self._news.empty():
                group.append(self._news.get_nowait())
            more = group[-1] is not None
            news = [one for one in group if one is not None]
            if news:
                await self._books.write(partial(self._write, news=news))

    async def keep_leases(self) -> None:
        """Renew what is held while it waits for slow answers."""
        while True:
            await asyncio.sleep(self._crew.lease_for.total_seconds() / 3)
            await self._books.write(self._renew)

    def _renew(self, session: Session) -> None:
        until = self._crew.clock() + self._crew.lease_for
        lease.renew(session, self._edition_id, list(self._held.values()), until=until)

    def _write(self, session: Session, *, news: Sequence[News]) -> None:
        now = self._crew.clock()
        unused = [
            (claimed, now + result.rest_for)
            for claimed, result in news
            if isinstance(result, Unused)
        ]
        lease.give_back(session, self._edition_id, unused)
        settled = [
            (claimed, self._settle(claimed, result, now=now))
            for claimed, result in news
            if not isinstance(result, Unused)
        ]
        held = lease.record(session, self._edition_id, settled, now=now)
        for claimed, settlement in settled:
            self._count(claimed, settlement, was_held=claimed.subscriber_id in held)
        for claimed, _ in news:
            self._held.pop(claimed.subscriber_id, None)
        standing = queries.standing(session, edition_id=self._edition_id)
        self.goes_out = standing is not None and standing.goes_out

    def _settle(self, claimed: Claimed, result: Result, *, now: datetime) -> Settlement:
        return settle(
            result,
            attempts=claimed.attempts,
            ids=(self._edition_id, claimed.subscriber_id),
            now=now,
            expires_at=self._expires_at,
        )

    def _count(self, claimed: Claimed, settlement: Settlement, *, was_held: bool) -> None:
        if was_held:
            self.tally[settlement.state.value] += 1
            return
        # Somebody else has the row by now; a mail may have gone out twice.
        log.warning(
            "delivery.lease_lost",
            edition=self._edition_id,
            subscriber=claimed.subscriber_id,
            state=settlement.state.value,
        )
