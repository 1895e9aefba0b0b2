"""Places for editions in one worker process: few, so that what people wait for finds a thread.

A second run of an edition in the same process would share its one core and open its connections
twice; other processes take their part of the batches.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """Who has a place, and who found none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._underway: set[int] = set()
        self._turned_away: set[int] = set()

    @contextmanager
    def take(self, edition_id: int, *, most: int) -> Iterator[bool]:
        """Take one of `most` places, and tell whether one was free.

        Who finds none loses nothing: the scheduler's sweep rings again in a few seconds.
        """
        with self._lock:
            is_free = self._has_room(edition_id, most)
            if is_free:
                self._underway.add(edition_id)
                self._turned_away.discard(edition_id)
            elif edition_id not in self._underway:
                self._turned_away.add(edition_id)
        try:
            yield is_free
        finally:
            if is_free:
                with self._lock:
                    self._underway.discard(edition_id)

    def has_room(self, edition_id: int, *, most: int) -> bool:
        """Tell whether `take` would find a place just now."""
        with self._lock:
            return self._has_room(edition_id, most)

    def is_awaited(self) -> bool:
        """Tell whether an edition found no place since this was asked last.

        It may have found another process meanwhile; asking costs whoever has a place a moment.
        """
        with self._lock:
            awaited = bool(self._turned_away)
            self._turned_away.clear()
            return awaited

    def _has_room(self, edition_id: int, most: int) -> bool:
        return edition_id not in self._underway and len(self._underway) < most


def places_for(threads: int) -> int:
    """Return how many editions may be sent at once: a thread is left for what people wait for."""
    return max(1, threads - 1)


places = Places()
"""Those of this process."""
