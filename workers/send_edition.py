"""Lease due deliveries of an edition and hand them to the relay until none is due."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.boot import Runtime, crew
from service.delivery import rally
from service.delivery.letters import Letters
from service.delivery.send import send_edition
from workers.process import draining

_underway: set[int] = set()
_lock = threading.Lock()


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if nothing is due; what was not begun when the process drains is given back.

    A second run of an edition in the same process would share its one core and open its
    connections twice; other processes take their part of the batches.
    """
    with place(edition_id, most=max(1, runtime.settings.worker_threads - 1)) as is_free:
        if not is_free:
            with runtime.begin() as session:
                rally.pass_on(session, edition_id, now=runtime.clock())
            return
        sending = crew(runtime)
        with runtime.begin() as session:
            letters = Letters.load(session, edition_id, keyring=sending.keyring, post=sending.post)
        send_edition(edition_id, sending, writer=letters, stop=draining.is_set)


@contextmanager
def place(edition_id: int, *, most: int) -> Iterator[bool]:
    """Take one of the places for editions; at least one thread is left for what people wait for.

    Who finds none loses nothing: the scheduler's sweep rings again in a few seconds.
    """
    with _lock:
        is_free = edition_id not in _underway and len(_underway) < most
        if is_free:
            _underway.add(edition_id)
    try:
        yield is_free
    finally:
        if is_free:
            with _lock:
                _underway.discard(edition_id)
