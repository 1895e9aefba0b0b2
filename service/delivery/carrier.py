"""A connection to one of the relays that is opened when needed and renewed after surprises."""

import asyncio
import math
from collections import Counter
from collections.abc import Collection
from operator import itemgetter

from service.delivery.door import Timeouts
from service.delivery.fleet import FAILURES, Fleet
from service.delivery.line import Following, Line
from service.delivery.reply import Accepted, Deferred, Result
from service.delivery.sealed import Sealed
from service.delivery.smtp import Relay, Unreachable
from service.delivery.trouble import News
from service.kit.log import get_logger

log = get_logger(__name__)

NONE_SERVES = Unreachable(
    reason="every relay in CRIEUR_SMTP_URL is for other sender domains (from=)",
    advice="add this domain to the from= of one, or name a relay without from=",
)

SHY_FOR = 50
"""Letters after a mail that was not taken during which nothing is begun ahead: the line would be
lost with the next such answer."""


class Carrier:
    """One connection after the other, to whichever relay has its turn.

    It hands over one letter at a time; several carriers work side by side.
    """

    def __init__(
        self,
        fleet: Fleet[Relay],
        *,
        sender_domain: str,
        busy: Counter[Relay] | None = None,
        timeouts: Timeouts | None = None,
        news: News | None = None,
    ) -> None:
        """Take the relays to choose from; `busy` counts the connections of a whole run.

        What becomes known about relays goes to `news`.
        """
        self._fleet = fleet
        self._sender_domain = sender_domain
        self._busy: Counter[Relay] = Counter() if busy is None else busy
        self._timeouts = timeouts or Timeouts()
        self._news = news
        self._relay: Relay | None = None
        self._line: Line | None = None
        self._opening: asyncio.Future[Line | Unreachable] | None = None
        self._is_cut = False
        self._shy = 0
        # Whether the relay has taken a letter on this connection.
        self._has_carried = False

    async def hand_over(
        self, letter: Sealed, *, following: Following | None = None, until: float = math.inf
    ) -> Result | Unreachable:
        """Offer one letter; a connection that died while idle costs the letter nothing.

        Nor does one that has carried enough for the relay's taste: some say 452 to every further
        sender instead of 421, and only a new connection helps. One that took nothing yet is not
        renewed for that, or a relay in trouble would be called again for each letter.

        Letters that `following` tells of may go out behind it: the result is about the one that
        was under way last, and one that was begun by then is to be handed over next.

        One that is too large for a relay goes to another one; only if none takes it, it is held.
        """
        too_small: dict[Relay, tuple[int, Deferred]] = {}
        while True:
            result = await self._offer(letter, following, until=until, without=too_small)
            if not isinstance(result, Deferred) or not result.holds or self._relay is None:
                return result
            # Nothing was said: another relay of this sender's may take larger messages.
            assert self._line is not None
            too_small[self._relay] = self._line.most_bytes, result
            if too_small.keys() >= set(self._fleet.serving(self._sender_domain)):
                return max(too_small.values(), key=itemgetter(0))[1]
            await self.close()

    async def _offer(
        self,
        letter: Sealed,
        following: Following | None,
        *,
        until: float,
        without: Collection[Relay],
    ) -> Result | Unreachable:
        was_idle = self._line is not None
        line = await self._ready_line(without)
        if isinstance(line, Unreachable):
            return line
        result = await line.hand_over(letter, following=self._allow(following), until=until)
        if isinstance(result, Deferred) and result.holds:
            return result
        is_tired = self._has_carried and isinstance(result, Deferred)
        if was_idle and line.was_stale and (is_tired or not line.usable):
            await self.close()
            line = await self._ready_line(without)
            if isinstance(line, Unreachable):
                return line
            result = await line.hand_over(letter, following=self._allow(following), until=until)
        self._has_carried = self._has_carried or isinstance(result, Accepted)
        if not isinstance(result, Accepted):
            self._shy = SHY_FOR
        elif self._shy:
            self._shy -= 1
        return result

    def _allow(self, following: Following | None) -> Following | None:
        """Begin nothing ahead among refusals."""
        return None if self._shy else following

    async def _ready_line(self, without: Collection[Relay] = ()) -> Line | Unreachable:
        if self._line is not None:
            if self._line.usable and not self._line.is_spent:
                return self._line
            await self.close()
        opened = await self._open(without)
        if isinstance(opened, Line):
            self._line = opened
            self._has_carried = False
            if self._relay and self._fleet.tell(self._relay, ok=True):
                log.info("relay.back", relay=self._relay.name)
                if self._news:
                    await self._news.is_back(self._relay.name)
        return opened

    async def _open(self, without: Collection[Relay]) -> Line | Unreachable:
        """Try relays until one lets us in; each that does not is passed over after a few times."""
        serving = self._fleet.serving(self._sender_domain)
        if not serving and self._news:
            await self._news.failed(self._sender_domain, NONE_SERVES)
        missed = Unreachable(reason="every relay is down") if serving else NONE_SERVES
        if without:
            missed = Unreachable(reason="every relay that takes messages of this size is down")
        for _ in range(FAILURES * len(serving)):
            relay = self._fleet.choose(self._sender_domain, busy=self._busy, without=without)
            if relay is None or self._is_cut:
                break
            self._busy[relay] += 1
            opened = await self._connect(relay)
            if isinstance(opened, Line):
                self._relay = relay
                return opened
            self._busy[relay] -= 1
            missed = opened
            if self._fleet.tell(relay, ok=False):
                # The others take its part, so that nothing else would show that one is missing.
                log.warning("relay.failed", relay=relay.name, reason=opened.reason)
                # One connection too many is no trouble that anybody has to look at.
                if self._news and self._fleet.is_down(relay):
                    await self._news.failed(relay.name, opened)
        return missed

    async def _connect(self, relay: Relay) -> Line | Unreachable:
        self._opening = asyncio.ensure_future(relay.connect(self._timeouts))
        try:
            await asyncio.wait({self._opening})
            if self._opening.cancelled():
                return Unreachable(reason="this process ends")
            return self._opening.result()
        finally:
            self._opening.cancel()
            self._opening = None

    def cut(self) -> None:
        """Break off whatever is under way; a mail without an answer ends as if it were lost."""
        self._is_cut = True
        if self._opening is not None:
            self._opening.cancel()
        if self._line is not None:
            self._line.cut()

    async def close(self) -> None:
        """Close the connection if there is one."""
        line, self._line = self._line, None
        relay, self._relay = self._relay, None
        if relay is not None:
            self._busy[relay] -= 1
        if line is not None:
            await line.close()
