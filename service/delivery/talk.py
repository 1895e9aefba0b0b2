"""The two directions of one SMTP connection: bytes go out, answers come in, patience ends.

An asyncio protocol and not a stream: a stream costs two tasks' worth of work for every answer,
and hides whether bytes have left for the kernel.
"""

import asyncio
from collections import deque

MAX_ANSWER_LINES = 100
MAX_ANSWER_LINE = 8192

Answer = list[bytes]
"""The lines of one answer; an empty list is one that is no SMTP."""


class Talk(asyncio.BufferedProtocol):
    """A connection's protocol from the moment on when it is opened, secured and authenticated."""

    def __init__(self, transport: asyncio.Transport, *, shortest: float) -> None:
        """Take the transport over; `shortest` is the least patience ever asked of `answer`."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._shortest = shortest
        # Given to the transport: one that allocates for itself takes 256 KiB for every answer.
        self._buffer = bytearray(MAX_ANSWER_LINE)
        self._rest = b""
        self._lines: Answer = []
        self._answers: deque[Answer] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_lost = False
        self._is_full = False
        self.ended = self._loop.create_future()
        # Small buffers make `drained` wait until the kernel has everything. Not 0: asyncio's TLS
        # transport then pauses with nothing to write, and never resumes.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)

    def write(self, data: bytes) -> None:
        """Let bytes leave; raise EOFError when nobody can get them any more."""
        if self._is_lost or self._transport.is_closing():
            raise EOFError
        self._transport.write(data)

    async def drained(self, patience: float) -> bool:
        """Wait until everything written has left; False means that an answer came first.

        Raises EOFError or TimeoutError (patience in seconds).
        """
        while self._is_full and not self._answers:
            await self._wait(patience)
        if self._is_lost:
            raise EOFError
        return not self._answers

    def answer_now(self) -> Answer | None:
        """Return the next answer if it has come already."""
        return self._answers.popleft() if self._answers else None

    @property
    def is_full(self) -> bool:
        """Whether something written has not left yet."""
        return self._is_full

    async def answer(self, patience: float) -> Answer:
        """Return the next answer; raise EOFError or TimeoutError (patience in seconds)."""
        while not self._answers:
            await self._wait(patience)
        return self._answers.popleft()

    def has_unasked(self) -> bool:
        """Tell whether the server has said something since its last answer was taken."""
        return bool(self._answers or self._lines or self._rest)

    def cut(self) -> None:
        """Drop the connection at once, whoever waits for an answer on it."""
        self._transport.abort()

    def close(self) -> None:
        """Close it once everything written has left."""
        self._transport.close()

    async def _wait(self, patience: float) -> None:
        if self._is_lost:
            raise EOFError
        self._deadline = self._loop.time() + patience
        if self._timer is None:
            self._arm()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _arm(self) -> None:
        # Setting a timer for every answer would cost more than the answers: one that looks every
        # now and then is enough, because no deadline is ever nearer than the shortest patience.
        at = min(self._deadline, self._loop.time() + self._shortest)
        self._timer = self._loop.call_at(at, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._deadline:
            self._waiter.set_exception(TimeoutError())
        else:
            self._arm()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Say where to put what comes."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Cut what came into lines, and lines into answers."""
        *lines, self._rest = (self._rest + bytes(self._buffer[:nbytes])).split(b"\n")
        for line in lines:
            self._lines.append(line)
            if line[3:4] != b"-":
                self._answers.append(self._lines)
                self._lines = []
        if len(self._rest) > MAX_ANSWER_LINE or len(self._lines) > MAX_ANSWER_LINES:
            self._lines, self._rest = [], b""
            self._answers.append([])
            self._transport.abort()
        if self._answers:
            self._wake()

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """The kernel has everything."""
        self._is_full = False
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come or go."""
        del exc
        self._is_lost = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()
        if not self.ended.done():
            self.ended.set_result(None)
