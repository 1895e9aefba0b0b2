"""Places for editions in one worker process: few, so that what people wait for finds a thread.

An edition takes one while it is built and one while it is sent. Confirmation mails find a thread at
once whatever is built or sent meanwhile.

A second run of an edition in the same process would share its one core and open its connections
twice; other processes take their part of the batches.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Places:
    """Who has a place, and who found none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._underway: set[Hashable] = set()
        self._turned_away: set[Hashable] = set()

    @contextmanager
    def take(self, what: Hashable, *, most: int) -> Iterator[bool]:
        """Take one of `most` places, and tell whether one was free; `what` has one at most.

        Who finds none loses nothing: the scheduler's sweep rings again in a few seconds.
        """
        with self._lock:
            is_free = self._has_room(what, most)
            if is_free:
                self._underway.add(what)
                self._turned_away.discard(what)
            elif what not in self._underway:
                self._turned_away.add(what)
        try:
            yield is_free
        finally:
            if is_free:
                with self._lock:
                    self._underway.discard(what)

    def has_room(self, what: Hashable, *, most: int) -> bool:
        """Tell whether `take` would find a place just now."""
        with self._lock:
            return self._has_room(what, most)

    def is_awaited(self) -> bool:
        """Tell whether an edition found no place since this was asked last.

        It may have found another process meanwhile; asking costs whoever has a place a moment.
        """
        with self._lock:
            awaited = bool(self._turned_away)
            self._turned_away.clear()
            return awaited

    def _has_room(self, what: Hashable, most: int) -> bool:
        return what not in self._underway and len(self._underway) < most


def places_for(threads: int) -> int:
    """Return how many editions may be sent at once: a thread is left for what people wait for."""
    return max(1, threads - 1)


places = Places()
"""Those of this process."""
