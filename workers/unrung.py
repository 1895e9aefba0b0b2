"""Doorbells that nobody rings: a worker takes them from the outbox itself.

The scheduler passes a doorbell on within a moment. One that still waits long after it was due
means that Valkey is away, full or deaf, or that no scheduler runs. The work is there all the same,
and so are the workers.
"""

from concurrent.futures import Future
from datetime import timedelta

from service.boot import Runtime
from service.kit import outbox
from service.kit.db import DatabaseAway
from service.kit.log import get_logger
from workers.aside import Aside

log = get_logger(__name__)

TICKS = 2
"""The scheduler's ticks that a doorbell may be late."""

AT_ONCE = 100


class Unrung:
    """The doorbells that one process answers without having heard them."""

    def __init__(self, runtime: Runtime, aside: Aside) -> None:
        """Take who does what they ask for."""
        self._runtime = runtime
        self._aside = aside

    def answer(self) -> list[Future[None]]:
        """Begin what nobody rang for; return these pieces of work.

        Nothing is taken while all threads are busy: another process may have idle ones.
        """
        if self._aside.is_full:
            return []
        late = timedelta(seconds=TICKS * self._runtime.settings.tick_seconds)
        with self._runtime.begin() as session:
            due = self._runtime.clock() - late
            doorbells = outbox.take_due(session, now=due, limit=AT_ONCE)
        # The same one may have been put again and again meanwhile.
        once = {(each.job, *sorted(each.args.items())): each for each in doorbells}.values()
        begun = [self._aside.begin(each) for each in once]
        if begun:
            log.info("outbox.answered", count=len(begun))
        return begun

    def look(self) -> None:
        """Answer, as long as the database is there."""
        try:
            self.answer()
        except DatabaseAway as error:
            log.warning("outbox.unreachable", error=type(error).__name__)
