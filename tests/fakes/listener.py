"""A mail server of a test's own: it listens on a free port of 127.0.0.1, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self

PATIENCE = 30.0
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Listener:
    """Use as a context manager; `serve` is called for each connection, before it is counted.

    The connection is closed when `serve` has ended, however it ended. At the end of the test
    nothing is left open, whatever had just begun.
    """

    def __init__(self, serve: Serve) -> None:
        self.connections = 0
        self._serve = serve
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._opened: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """As CRIEUR_SMTP_URL wants it."""
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._admit, "127.0.0.1", 0)

    async def _close(self) -> None:
        assert self._server is not None
        # Not yet by `close`: asyncio forgets those whom it is letting in at that moment.
        for door in self._server.sockets:
            self._loop.remove_reader(door.fileno())
        own = {asyncio.current_task()}
        # Among them the tasks in which asyncio lets somebody in, each of which makes a visit.
        while left := asyncio.all_tasks() - own:
            for visit in self._visits:
                visit.cancel()
            await asyncio.wait(left)
        self._server.close()
        # What a visit has begun in another thread.
        await self._loop.shutdown_default_executor()
        for writer in self._opened:
            # Whoever does not read what is left for him would keep it open for ever.
            writer.transport.abort()

    def close_at_the_end(self, writer: asyncio.StreamWriter) -> None:
        """Take care of a connection that a visit has opened, or has been given."""
        self._opened.append(writer)

    def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = self._loop.create_task(self._serve(reader, writer))
        self.connections += 1
        self._visits[visit] = writer
        self.close_at_the_end(writer)
        # Not by the visit itself: one that is cancelled before its first step does nothing.
        visit.add_done_callback(self._leave)

    def _leave(self, visit: asyncio.Task[None]) -> None:
        self._visits.pop(visit).close()
