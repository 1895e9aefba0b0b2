"""Pass doorbells from the outbox to dramatiq, as soon as their transactions have committed."""

import threading

from service import jobs
from service.boot import Runtime
from service.kit import notify, outbox
from service.kit.broker import RUNG, BrokerAway, reach, ring
from service.kit.log import get_logger

log = get_logger(__name__)

LISTEN_SECONDS = 1.0
SHORTEST_REST = 0.05
"""Seconds: another relay may be ringing what is due at this moment."""


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Ring until `stop`; the doorbells of a broker that is away wait in PostgreSQL."""
    while not stop.is_set():
        try:
            with outbox.listening(runtime.engine) as listener:
                while not stop.is_set():
                    ring_due(runtime)
                    listener.wait(rest(runtime))
        except notify.Away + BrokerAway as error:
            log.warning("outbox.unreachable", error=type(error).__name__)
            stop.wait(LISTEN_SECONDS)
        except Exception:  # An edge: a thread that died silently would ring for nobody.
            log.exception("scheduler.step_failed", step="relay")
            stop.wait(LISTEN_SECONDS)


def rest(runtime: Runtime) -> float:
    """Return for how many seconds nothing has to ring, if nobody says otherwise meanwhile."""
    with runtime.begin() as session:
        due_at = outbox.next_due(session)
    if due_at is None:
        return LISTEN_SECONDS
    until = (due_at - runtime.clock()).total_seconds()
    return min(max(until, SHORTEST_REST), LISTEN_SECONDS)


def ring_due(runtime: Runtime) -> int:
    """Ring what is due and return how many; rows go only if every ring was heard."""
    # Before any row is locked: workers take what a relay that waits for Redis cannot ring.
    reach(runtime.broker)
    with runtime.begin() as session:
        doorbells = outbox.take_due(session, now=runtime.clock())
        for doorbell in doorbells:
            job = jobs.BY_NAME.get(doorbell.job)
            if job is not None:
                ring(runtime.broker, job, doorbell.args)
                # Once a queue and transaction, after its commit: idle workers need not ask.
                notify.notify(session, RUNG, job.queue)
    if doorbells:
        log.debug("outbox.rung", count=len(doorbells))
    return len(doorbells)
