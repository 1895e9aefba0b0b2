"""What a process hears at once: calls to large editions, and rings that its consumers wait for."""

import threading
from concurrent.futures import Future

from service import jobs
from service.boot import Runtime
from service.delivery import rally
from service.kit import notify
from service.kit.broker import RUNG
from service.kit.log import get_logger
from service.kit.outbox import Doorbell
from workers.aside import Aside
from workers.places import Places, places_for

log = get_logger(__name__)

LISTEN_SECONDS = 1.0
"""How late a process notices that it drains, at most, and rests when the database is away."""


class Called:
    """The calls to editions that one process follows."""

    def __init__(self, runtime: Runtime, aside: Aside, places: Places) -> None:
        """Take who sends, and where places are."""
        self._runtime = runtime
        self._aside = aside
        self._places = places

    def come(self, edition_id: int) -> Future[None] | None:
        """Begin to send, unless this process is at it already or has no place; then return None.

        Nothing is lost with a call that is not followed: whoever called goes on alone.
        """
        most = places_for(self._runtime.settings.worker_threads)
        if not self._places.has_room(edition_id, most=most):
            return None
        return self._aside.begin(
            Doorbell(job=jobs.SEND_EDITION.name, args={"edition_id": edition_id})
        )

    def listen(self, stop: threading.Event) -> None:
        """Follow calls and pass rings on until `stop`, or until the database goes."""
        broker = self._runtime.broker
        try:
            with notify.listening(self._runtime.engine, RUNG, rally.CHANNEL) as listener:
                # What was rung before anybody listened.
                broker.wake_all()
                while not stop.is_set():
                    for heard in listener.hear(LISTEN_SECONDS):
                        if heard.channel == RUNG:
                            broker.wake(heard.payload)
                        else:
                            self.come(int(heard.payload))
        except notify.Away as error:
            log.warning("rally.unreachable", error=type(error).__name__)
