"""The two directions of one SMTP connection: bytes go out, answers come in, patience ends.

An asyncio protocol and not a stream: a stream costs two tasks' worth of work for every answer,
and hides whether bytes have left for the kernel.
"""

import asyncio
import re
from collections.abc import Callable

MAX_REPLY_LINES = 100
MAX_UNREAD = 64 * 1024
"""Bytes: far more than the answers to a group of commands can have (RFC 5321 section 4.5.3.1.5
gives a line 512). A server that sends more speaks no SMTP."""

BUFFER = 8192

ReplyLines = list[bytes]
"""The lines of one answer; an empty list is one that is no SMTP."""


class SmtpProtocol(asyncio.BufferedProtocol):
    """A connection's protocol from the moment on when it is opened, secured and authenticated."""

    def __init__(self, transport: asyncio.Transport, *, shortest: float) -> None:
        """Take the transport over; `shortest` is the least patience ever asked of `answer`."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._shortest = shortest
        # Given to the transport: one that allocates for itself takes 256 KiB for every answer.
        self._buffer = memoryview(bytearray(BUFFER))
        # What came and was not taken. It is cut into answers when one is wanted: nearly
        # always a whole group of them is as wanted, and is taken in one piece.
        self._heard = b""
        # Whether the server has said something that no answer can begin with.
        self._is_confused = False
        self._waiter: asyncio.Future[None] | None = None
        self._goes_on: Callable[[], bool] | None = None
        self._patience = 0.0
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
        """Let bytes leave; raise EOFError when the connection is closed."""
        if not self.is_open:
            raise EOFError
        self._transport.write(data)

    async def drained(self, patience: float) -> bool:
        """Wait until everything written has left; False means that an answer came first.

        Raises EOFError or TimeoutError (patience in seconds).
        """
        while self._is_full and not self.has_unasked():
            await self._wait(patience)
        if self._is_lost:
            raise EOFError
        return not self.has_unasked()

    @property
    def is_open(self) -> bool:
        """Whether what is written can still arrive."""
        return not (self._is_lost or self._transport.is_closing())

    @property
    def is_full(self) -> bool:
        """Whether something written has not left yet."""
        return self._is_full

    def consume(self, expected: re.Pattern[bytes]) -> bytes | None:
        """Take what was heard if it begins with `expected`, which ends with a line end."""
        found = expected.match(self._heard)
        if found is None:
            return None
        self._heard = self._heard[found.end() :]
        return found[0]

    async def plainly(self, expected: re.Pattern[bytes], patience: float) -> bytes | None:
        """Wait for what matches `expected` and take it; None means that `answer` has another one.

        Raises EOFError or TimeoutError (patience in seconds).
        """
        while True:
            if self._heard:
                taken = self.consume(expected)
                if taken is not None or self._end_of_answer():
                    return taken
            if self._is_confused:
                return None
            await self._wait(patience)

    async def race(self, go_on: Callable[[], bool], patience: float) -> None:
        """Call `go_on` with everything that comes, for as long as it takes that and goes on.

        Ends when it leaves something, or when what it wrote has not left yet. It may be called
        again for what it left. Raises EOFError or TimeoutError (patience in seconds after a call).
        """
        self._patience = patience
        self._goes_on = go_on
        try:
            while not (self._is_full or self._is_confused or (self._heard and not go_on())):
                await self._wait(patience)
        finally:
            self._goes_on = None

    async def answer(self, patience: float) -> ReplyLines:
        """Return the next answer; raise EOFError or TimeoutError (patience in seconds)."""
        while not (end := self._end_of_answer()):
            if self._is_confused:
                return []
            await self._wait(patience)
        lines = self._heard[: end - 1].split(b"\n")
        self._heard = self._heard[end:]
        return lines

    def has_unasked(self) -> bool:
        """Return whether the server has said something since its last answer was taken."""
        return bool(self._heard) or self._is_confused

    def _end_of_answer(self) -> int:
        """Return where the answer that was heard first ends; 0 means that it goes on."""
        begin = 0
        for _ in range(MAX_REPLY_LINES):
            end = self._heard.find(b"\n", begin)
            if end < 0:
                return 0
            if self._heard[begin + 3 : begin + 4] != b"-" or end < begin + 4:
                return end + 1
            begin = end + 1
        self._give_up()
        return 0

    def _give_up(self) -> None:
        """Listen no more: whatever this is, it is not SMTP."""
        self._is_confused = True
        self._heard = b""
        self._transport.abort()

    def cut(self) -> None:
        """Drop the connection immediately, even if something waits for an answer on it."""
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

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where to put what comes."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what came, and wake who waits when a line has ended."""
        if self._is_confused:
            return
        came = bytes(self._buffer[:nbytes])
        self._heard += came
        if len(self._heard) > MAX_UNREAD:
            self._give_up()
        elif b"\n" not in came:
            return
        elif self._goes_on is not None and self._goes_on() and not self._is_full:
            self._deadline = self._loop.time() + self._patience
            return
        self._wake()

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """The kernel has everything."""
        self._is_full = False
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come or go.

        An error that is not the connection's own was raised by the code that handled what was
        received; it is raised again for the task that waits here.
        """
        self._is_lost = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if exc is None or isinstance(exc, OSError):
            self._wake()
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc)
        if not self.ended.done():
            self.ended.set_result(None)
