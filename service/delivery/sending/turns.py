"""An edition is sent in turns: others who wait get theirs, and whoever nobody waits for goes on.

Each turn is a run of its own, with fresh connections. Going on needs no message, so that a large
edition goes out to its end while Valkey is full or away.
"""

from collections import Counter
from collections.abc import Callable

from service.delivery.dependencies import SendDependencies
from service.delivery.sending.batch_feeder import MessageSource
from service.delivery.sending.run import send_once
from service.delivery.workflow.queries import editions as queries


def send_until_done(
    edition_id: int,
    deps: SendDependencies,
    *,
    writer: MessageSource,
    stop: Callable[[], bool],
    is_contended: Callable[[], bool],
) -> Counter[str]:
    """Hand over what is due of an edition; return how many ended in which state.

    Ends like `send_edition`, but when its time is up only if `is_contended` says that another
    edition waits for its place.
    """
    total: Counter[str] = Counter()
    while True:
        tally = send_once(edition_id, deps, writer=writer, stop=stop)
        total += tally
        if not tally or stop() or is_contended():
            return total
        with deps.begin() as session:
            if not queries.has_due_deliveries(session, edition_id=edition_id, now=deps.clock()):
                return total
