"""An edition is sent in turns: others who wait get theirs, and whoever nobody waits for goes on.

Each turn is a run of its own, with fresh connections. Going on needs no message, so that a large
edition goes out to its end while Valkey is full or away.
"""

from collections import Counter
from collections.abc import Callable

from service.delivery.crew import Crew
from service.delivery.queries import editions as queries
from service.delivery.send import send_edition
from service.delivery.supply import LetterWriter


def send_in_turns(
    edition_id: int,
    crew: Crew,
    *,
    writer: LetterWriter,
    stop: Callable[[], bool],
    is_contended: Callable[[], bool],
) -> Counter[str]:
    """Hand over what is due of an edition; return how many ended in which state.

    Ends like `send_edition`, but when its time is up only if `is_contended` says that another
    edition waits for its place.
    """
    total: Counter[str] = Counter()
    while True:
        tally = send_edition(edition_id, crew, writer=writer, stop=stop)
        total += tally
        if not tally or stop() or is_contended():
            return total
        with crew.begin() as session:
            if not queries.has_due(session, edition_id=edition_id, now=crew.clock()):
                return total
