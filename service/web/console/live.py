"""An edition's page while it is being sent: a stream of what has changed, for every open page.

One connection of this process listens to PostgreSQL, and one read serves all pages of an edition.
A stream ends after some minutes and is asked for again, so that whoever has signed out meanwhile
is found out; a page whose stream is refused asks now and then instead.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from service.boot import Runtime
from service.kit import notify
from service.kit.db import DatabaseUnavailable
from service.kit.errors import TooMany
from service.kit.log import get_logger
from service.reports.progress import CHANNEL
from service.web.console import edition_status
from service.web.console.auth import ViewPermission
from service.web.console.edition_status import EditionStatus
from service.web.console.page import ConsoleRequest

log = get_logger(__name__)
router = APIRouter()

MAX_STREAMS = 200
MAX_STREAMS_PER_OPERATOR = 20
"""Streams at once: of a process, and of one operator, who may have many windows."""

MIN_INTERVAL = 0.5
"""Seconds between two looks at an edition, at least."""

LISTEN_SECONDS = 1.0
IDLE_ROUNDS = 2
"""After so many times listening in vain a look is due: rates fall in silence, too."""

SHARED_SECONDS = 0.4
"""Seconds for which what one page has read is good enough for another."""

HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 300.0
"""Seconds: between two signs of life at most, and of one stream."""


@dataclass(eq=False, slots=True, kw_only=True)
class LiveClient:
    """A page that follows an edition."""

    edition_id: int
    operator_id: int
    news: asyncio.Event = field(default_factory=asyncio.Event)


class LiveUpdates:
    """The ear of this process, and the pages that it wakes."""

    def __init__(self, runtime: Runtime) -> None:
        # The server says here that it is about to end; streams end first.
        self.is_leaving: Callable[[], bool] = lambda: False
        self._runtime = runtime
        self._seats: set[LiveClient] = set()
        self._latest: dict[int, tuple[float, EditionStatus]] = {}
        self._reading = asyncio.Lock()
        self._ear: threading.Thread | None = None
        self._guard = threading.Lock()

    def make_room(self, operator_id: int) -> None:
        """Raise TooMany when another stream would be one too many."""
        with self._guard:
            own = sum(seat.operator_id == operator_id for seat in self._seats)
            if len(self._seats) >= MAX_STREAMS or own >= MAX_STREAMS_PER_OPERATOR:
                raise TooMany("Too many pages are open: close some, or reload this one.")

    async def follow(self, seat: LiveClient) -> AsyncGenerator[EditionStatus | None]:
        """Yield how the edition stands, now and whenever it may have changed.

        None stands for a look that failed because the database is away.
        """
        self._sit_down(seat)
        try:
            ends_at = time.monotonic() + STREAM_SECONDS
            while not self.is_leaving() and time.monotonic() < ends_at:
                seat.news.clear()
                yield await self._look(seat.edition_id)
                await asyncio.sleep(MIN_INTERVAL)
                await self._listen_for(seat)
        finally:
            self._stand_up(seat)

    async def _listen_for(self, seat: LiveClient) -> None:
        for _ in range(IDLE_ROUNDS):
            try:
                await asyncio.wait_for(seat.news.wait(), LISTEN_SECONDS)
            except TimeoutError:
                if self.is_leaving():
                    return
            else:
                return

    async def _look(self, edition_id: int) -> EditionStatus | None:
        """Read an edition, or take what another page has just read."""
        async with self._reading:
            at, latest = self._latest.get(edition_id, (0.0, None))
            if latest is not None and time.monotonic() - at < SHARED_SECONDS:
                return latest
            try:
                found = await asyncio.to_thread(self._read, edition_id)
            except DatabaseUnavailable:
                return None
            self._latest[edition_id] = (time.monotonic(), found)
            return found

    def _read(self, edition_id: int) -> EditionStatus:
        with self._runtime.begin() as session:
            return edition_status.load_status(session, edition_id, now=self._runtime.clock())

    def _sit_down(self, seat: LiveClient) -> None:
        with self._guard:
            self._seats.add(seat)
            if self._ear is None or not self._ear.is_alive():
                loop = asyncio.get_running_loop()
                self._ear = threading.Thread(target=self._listen, args=(loop,), daemon=True)
                self._ear.start()

    def _stand_up(self, seat: LiveClient) -> None:
        with self._guard:
            self._seats.discard(seat)
            if all(other.edition_id != seat.edition_id for other in self._seats):
                self._latest.pop(seat.edition_id, None)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear until the last page is closed; pages look by themselves while this is deaf."""
        while self._is_needed(loop):
            try:
                with notify.listening(self._runtime.engine, CHANNEL) as listener:
                    while self._is_needed(loop):
                        for payload in listener.wait(LISTEN_SECONDS):
                            loop.call_soon_threadsafe(self._wake, payload)
            except notify.ListenUnavailable as error:
                log.warning("live.deaf", error=type(error).__name__)
                time.sleep(LISTEN_SECONDS)

    def _is_needed(self, loop: asyncio.AbstractEventLoop) -> bool:
        with self._guard:
            if self._seats and not loop.is_closed():
                return True
            # Under the guard: the next page finds either a living ear or none.
            self._ear = None
            return False

    def _wake(self, payload: str) -> None:
        self._latest.pop(int(payload), None)
        for seat in list(self._seats):
            if seat.edition_id == int(payload):
                seat.news.set()


@router.get("/editions/{edition_id}/live")
def stream_edition(request: Request, console: ViewPermission, edition_id: int) -> Response:
    """Stream what changes on an edition's page, as server-sent events."""
    hub: LiveUpdates = request.app.state.hub
    hub.make_room(console.me.operator_id)
    edition_status.load_status(console.session, edition_id, now=console.now)
    seat = LiveClient(edition_id=edition_id, operator_id=console.me.operator_id)
    return StreamingResponse(
        _events(console, hub, seat),
        media_type="text/event-stream",
        # Proxies that collect answers before they pass them on would show nothing for minutes.
        headers={"x-accel-buffering": "no", "cache-control": "no-store, no-transform"},
    )


@router.get("/editions/{edition_id}/progress")
def show_progress(console: ViewPermission, edition_id: int) -> Response:
    """Answer once with what the stream would send, for pages whose stream is refused."""
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    return JSONResponse(edition_status.render_parts(console, found))


async def _events(
    console: ConsoleRequest, hub: LiveUpdates, seat: LiveClient
) -> AsyncIterator[str]:
    """Send the parts when they differ, a sign of life when they do not, and the end."""
    yield "retry: 2000\n\n"
    sent, sent_at = "", time.monotonic()
    async with aclosing(hub.follow(seat)) as looks:
        async for found in looks:
            data = sent if found is None else _data(console, found)
            if data != sent:
                yield f"event: standing\ndata: {data}\n\n"
                sent, sent_at = data, time.monotonic()
            elif time.monotonic() - sent_at > HEARTBEAT_SECONDS:
                yield ": still here\n\n"
                sent_at = time.monotonic()
            if found is not None and found.is_over:
                return


def _data(console: ConsoleRequest, found: EditionStatus) -> str:
    fresh = replace(console, now=console.running.clock())
    return json.dumps(edition_status.render_parts(fresh, found))
