"""Live updates of an edition's page as server-sent events.

One connection of this process listens to PostgreSQL, and one query serves all pages of an edition.
A stream ends after some minutes and the page reconnects, so that a session that has ended is
noticed. A page whose stream is refused polls instead.
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
from service.kit.translatable import translatable
from service.reports.progress import CHANNEL
from service.web.console import edition_status
from service.web.console.auth import ViewPermission
from service.web.console.edition_status import EditionStatus
from service.web.console.page import ConsoleRequest

log = get_logger(__name__)
router = APIRouter()

MAX_STREAMS = 200
MAX_STREAMS_PER_OPERATOR = 20
"""Concurrent streams: of a process, and of one operator, who may have many windows."""

MIN_INTERVAL = 0.5
"""Seconds between two queries of an edition, at least."""

LISTEN_SECONDS = 1.0
IDLE_ROUNDS = 2
"""After this many rounds without a notification the edition is queried: rates fall, too."""

SHARED_SECONDS = 0.4
"""Seconds for which one page's result is reused for another."""

HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 300.0
"""Seconds: between two heartbeats at most, and the length of one stream."""


@dataclass(eq=False, slots=True, kw_only=True)
class LiveClient:
    """An open page that follows an edition."""

    edition_id: int
    operator_id: int
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class LiveUpdates:
    """Listens for changes of editions and wakes the open pages of this process."""

    def __init__(self, runtime: Runtime) -> None:
        # Set by the server: streams end before it shuts down.
        self.is_shutting_down: Callable[[], bool] = lambda: False
        self._runtime = runtime
        self._clients: set[LiveClient] = set()
        self._latest: dict[int, tuple[float, EditionStatus]] = {}
        self._reading = asyncio.Lock()
        self._listener: threading.Thread | None = None
        self._lock = threading.Lock()

    def check_capacity(self, operator_id: int) -> None:
        """Raise TooMany when another stream would be one too many."""
        with self._lock:
            own = sum(client.operator_id == operator_id for client in self._clients)
            if len(self._clients) >= MAX_STREAMS or own >= MAX_STREAMS_PER_OPERATOR:
                raise TooMany(translatable("request.too_many_pages"))

    async def follow(self, client: LiveClient) -> AsyncGenerator[EditionStatus | None]:
        """Yield the edition's status, now and whenever it may have changed.

        None means that the database was unavailable.
        """
        self._add_client(client)
        try:
            ends_at = time.monotonic() + STREAM_SECONDS
            while not self.is_shutting_down() and time.monotonic() < ends_at:
                client.changed.clear()
                yield await self._load_shared(client.edition_id)
                await asyncio.sleep(MIN_INTERVAL)
                await self._listen_for(client)
        finally:
            self._remove_client(client)

    async def _listen_for(self, client: LiveClient) -> None:
        for _ in range(IDLE_ROUNDS):
            try:
                await asyncio.wait_for(client.changed.wait(), LISTEN_SECONDS)
            except TimeoutError:
                if self.is_shutting_down():
                    return
            else:
                return

    async def _load_shared(self, edition_id: int) -> EditionStatus | None:
        """Load an edition's status, or reuse what another page has just loaded."""
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

    def _add_client(self, client: LiveClient) -> None:
        with self._lock:
            self._clients.add(client)
            if self._listener is None or not self._listener.is_alive():
                loop = asyncio.get_running_loop()
                self._listener = threading.Thread(target=self._listen, args=(loop,), daemon=True)
                self._listener.start()

    def _remove_client(self, client: LiveClient) -> None:
        with self._lock:
            self._clients.discard(client)
            if all(other.edition_id != client.edition_id for other in self._clients):
                self._latest.pop(client.edition_id, None)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen until the last page is closed; meanwhile pages also query by themselves."""
        while self._is_needed(loop):
            try:
                with notify.listening(self._runtime.engine, CHANNEL) as listener:
                    while self._is_needed(loop):
                        for payload in listener.wait(LISTEN_SECONDS):
                            loop.call_soon_threadsafe(self._wake, payload)
            except notify.ListenUnavailable as error:
                log.warning("live.disconnected", error=type(error).__name__)
                time.sleep(LISTEN_SECONDS)

    def _is_needed(self, loop: asyncio.AbstractEventLoop) -> bool:
        with self._lock:
            if self._clients and not loop.is_closed():
                return True
            # Under the lock: the next page finds either a running listener or none.
            self._listener = None
            return False

    def _wake(self, payload: str) -> None:
        self._latest.pop(int(payload), None)
        for client in list(self._clients):
            if client.edition_id == int(payload):
                client.changed.set()


@router.get("/editions/{edition_id}/live")
def stream_edition(request: Request, console: ViewPermission, edition_id: int) -> Response:
    """Stream changes of an edition's page as server-sent events."""
    hub: LiveUpdates = request.app.state.hub
    hub.check_capacity(console.me.operator_id)
    edition_status.load_status(console.session, edition_id, now=console.now)
    client = LiveClient(edition_id=edition_id, operator_id=console.me.operator_id)
    return StreamingResponse(
        _events(console, hub, client),
        media_type="text/event-stream",
        # Proxies that collect answers before they pass them on would show nothing for minutes.
        headers={"x-accel-buffering": "no", "cache-control": "no-store, no-transform"},
    )


@router.get("/editions/{edition_id}/progress")
def show_progress(console: ViewPermission, edition_id: int) -> Response:
    """Return once what the stream would send, for pages whose stream is refused."""
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    return JSONResponse(edition_status.render_parts(console, found))


async def _events(
    console: ConsoleRequest, hub: LiveUpdates, client: LiveClient
) -> AsyncIterator[str]:
    """Yield an event when a part has changed, otherwise heartbeats."""
    yield "retry: 2000\n\n"
    sent, sent_at = "", time.monotonic()
    async with aclosing(hub.follow(client)) as states:
        async for found in states:
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
