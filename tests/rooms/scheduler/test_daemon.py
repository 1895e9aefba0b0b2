"""The scheduler's loop, and what runs beside it."""

import threading
from datetime import timedelta

from sqlalchemy import text

from service.boot import Runtime
from service.editions.find import recent_editions
from service.jobs.broker import queue_length
from service.jobs.catalogue import BUILD_EDITION
from service.scheduler import daemon
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock
from tests.rooms.scheduler.test_recount import kept


class Ticks(threading.Event):
    """Tells when a tick has ended while somebody waits for a table."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self.ended_beside_a_count = threading.Event()
        self._runtime = runtime

    def wait(self, timeout: float | None = None) -> bool:
        """Look, and rest for less than a tick."""
        is_tick = timeout == self._runtime.settings.tick_seconds
        if is_tick and _somebody_waits(self._runtime):
            self.ended_beside_a_count.set()
        return super().wait(0.01 if is_tick else timeout)


def _somebody_waits(runtime: Runtime) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE relation = 'subscription'::regclass AND NOT granted"
    )
    with runtime.begin() as session:
        return bool(session.scalar(text(waiting)))


def test_ticks_go_on_while_a_count_takes_long(runtime: Runtime) -> None:
    stop = Ticks(runtime)
    daemon_thread = threading.Thread(target=daemon.run_scheduler, args=(runtime, stop))
    with runtime.begin() as session:
        # Else PostgreSQL ends what holds a lock for ten seconds and does nothing.
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        session.execute(text("LOCK TABLE subscription IN ACCESS EXCLUSIVE MODE"))

        daemon_thread.start()
        ticked = stop.ended_beside_a_count.wait(30)
        stop.set()
    daemon_thread.join()

    assert ticked
    # What has begun is finished.
    assert len(kept(runtime)) == 1


def test_what_is_due_is_planned_and_dispatched_until_it_is_asked_to_end(
    runtime: Runtime, clock: FakeClock
) -> None:
    """A dispatcher that is not started would be noticed only by how late every edition is."""
    with runtime.begin() as session:
        at = (clock.now + timedelta(minutes=1)).time()
        a_newsletter(session, now=clock(), days=(1, 2, 3, 4, 5, 6, 7), times=(at,))
        an_article(session, "Culture", seen=clock())
    clock.advance(minutes=2)
    stop, again = threading.Event(), threading.Event()
    daemon_thread = threading.Thread(target=daemon.run_scheduler, args=(runtime, stop))
    daemon_thread.start()

    for _ in range(600):
        if queue_length(runtime.broker, BUILD_EDITION) or again.wait(0.05):
            break
    stop.set()
    daemon_thread.join()

    with runtime.begin() as session:
        assert len(recent_editions(session)) == 1
    assert queue_length(runtime.broker, BUILD_EDITION) >= 1
    assert not {"dispatch_outbox", "recount"} & {each.name for each in threading.enumerate()}
