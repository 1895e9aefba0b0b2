"""One SMTP connection, ready for mail: our own transactions on an opened and secured stream.

The body is drained to the kernel before the final dot is written, so that a connection lost
earlier is known to have handed nothing over. Any surprise makes the line unusable.
"""

import asyncio
import contextlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from service.delivery.reply import (
    Accepted,
    Deferred,
    Refused,
    Reply,
    Result,
    Uncertain,
    Wanted,
    ends_connection,
    is_last,
    judge,
    read,
)

MAX_ANSWER_LINES = 100
MAX_LINE = 998
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
_LOST = (OSError, EOFError, ValueError)
"""What a broken stream raises: resets and TLS errors, an early end, an endless line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A letter in its envelope: the message has CRLF line ends, the domains are in ASCII."""

    sender: str
    recipient: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait, as RFC 5321 section 4.5.3.2 asks for."""

    connect: float = 60
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600


class _Step(NamedTuple):
    command: bytes
    wanted: Wanted
    timeout: float


class Line:
    """A connection on which letters are handed over one after the other."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        offers: Collection[str],
        timeouts: Timeouts,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._offers = frozenset(offers)
        self._timeouts = timeouts
        self._needs_reset = False
        # Whether the next letter may be tried on it.
        self.usable = True
        # Letters that were offered on it so far.
        self.offered = 0
        # Whether the last letter failed before the relay had taken its sender: an idle connection
        # that the relay has closed looks like this, and says nothing about the letter.
        self.was_stale = False
        # Small buffers make `drain` wait until the kernel has everything. Not 0: asyncio's TLS
        # transport then pauses with nothing to write, and never resumes.
        self._writer.transport.set_write_buffer_limits(high=1, low=0)

    async def hand_over(self, letter: Sealed) -> Result:
        """Offer one letter and return what became of it."""
        unfit = self._find_unfit(letter)
        if unfit is not None:
            return unfit
        self.offered += 1
        self.was_stale = True
        self.usable = False
        try:
            refusal = await self._ask_permission(letter)
            if refusal is not None:
                return refusal
            return await self._say(letter.body)
        except TimeoutError:
            return Deferred(reason="timed out")
        except _LOST:
            return Deferred(reason="connection lost")

    async def _ask_permission(self, letter: Sealed) -> Result | None:
        for step in self._steps(letter):
            reply = await self._ask(step.command, step.timeout)
            verdict = judge(reply, wanted=step.wanted)
            if verdict is not None:
                self._needs_reset = True
                self.usable = not ends_connection(reply)
                return verdict
            self.was_stale = self.was_stale and not step.command.startswith(b"MAIL")
        return None

    def _steps(self, letter: Sealed) -> list[_Step]:
        extras = ""
        if "size" in self._offers:
            extras += f" SIZE={len(letter.body)}"
        if not letter.body.isascii():
            extras += " BODY=8BITMIME"
        if not letter.recipient.isascii():
            extras += " SMTPUTF8"
        patience = self._timeouts.command
        steps = [
            _Step(f"MAIL FROM:<{letter.sender}>{extras}".encode(), Wanted.DONE, patience),
            _Step(f"RCPT TO:<{letter.recipient}>".encode(), Wanted.DONE, patience),
            _Step(b"DATA", Wanted.GO_AHEAD, self._timeouts.data),
        ]
        return [_Step(b"RSET", Wanted.DONE, patience), *steps] if self._needs_reset else steps

    async def _say(self, body: bytes) -> Result:
        """Write the body, make sure that it has left, and only then the dot."""
        answer = asyncio.ensure_future(self._read_answer())
        try:
            stuffed = body.replace(b"\r\n.", b"\r\n..")
            self._writer.write(b"." + stuffed if stuffed.startswith(b".") else stuffed)
            draining = asyncio.ensure_future(self._writer.drain())
            await asyncio.wait(
                {answer, draining},
                timeout=self._timeouts.block,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if answer.done() or not draining.done():
                draining.cancel()
                return _judge_early(answer)
            draining.result()
            return await self._finish(answer)
        finally:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)

    async def _finish(self, answer: "asyncio.Future[Reply | None]") -> Result:
        """Write the dot and wait: from here on only an answer makes it certain."""
        try:
            self._writer.write(b".\r\n")
            async with asyncio.timeout(self._timeouts.dot):
                reply = await answer
        except TimeoutError:
            return Uncertain(reason="timed out after the dot")
        except _LOST:
            return Uncertain(reason="connection lost after the dot")
        self._needs_reset = False
        self.usable = not ends_connection(reply)
        return judge(reply, wanted=Wanted.DONE, after_dot=True) or Accepted()

    async def _ask(self, command: bytes, timeout: float) -> Reply | None:  # noqa: ASYNC109  each command has its own patience by RFC 5321.
        self._writer.write(command + b"\r\n")
        async with asyncio.timeout(timeout):
            await self._writer.drain()
            return await self._read_answer()

    async def _read_answer(self) -> Reply | None:
        lines: list[bytes] = []
        while len(lines) < MAX_ANSWER_LINES:
            line = await self._reader.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            lines.append(line)
            if is_last(line):
                return read(lines)
        return None

    def _find_unfit(self, letter: Sealed) -> Refused | None:
        """Refuse what this relay cannot take, or what must never go onto the wire."""
        body, recipient = letter.body, letter.recipient
        if _UNSAFE.search(letter.sender) or _UNSAFE.search(recipient) or "@" not in recipient:
            return Refused(reason="unsendable address")
        if not recipient.isascii() and "smtputf8" not in self._offers:
            return Refused(reason="the relay does not take SMTPUTF8 addresses")
        if not body.isascii() and "8bitmime" not in self._offers:
            return Refused(reason="the relay does not take 8-bit messages")
        if not _is_well_formed(body):
            return Refused(reason="malformed message")
        return None

    def cut(self) -> None:
        """Drop the connection at once, whoever waits for an answer on it."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Say goodbye on a good line; drop a bad one with whatever was not sent yet."""
        if self.usable:
            self.usable = False
            with contextlib.suppress(TimeoutError, *_LOST):
                await self._ask(b"QUIT", min(self._timeouts.command, 5))
            self._writer.close()
        else:
            self._writer.transport.abort()
        with contextlib.suppress(TimeoutError, *_LOST):
            async with asyncio.timeout(5):
                await self._writer.wait_closed()


def _judge_early(answer: "asyncio.Future[Reply | None]") -> Result:
    """Judge what stopped the body: the dot stays unwritten, so nothing was handed over."""
    if not answer.done():
        raise TimeoutError
    verdict = judge(answer.result(), wanted=Wanted.GO_AHEAD)
    return verdict or Deferred(reason="answered too early")


def _is_well_formed(body: bytes) -> bool:
    """Tell whether every line ends in CRLF, nothing else breaks lines, and none is too long."""
    ends = body.count(b"\r\n")
    return (
        body.endswith(b"\r\n")
        and body.count(b"\r") == ends
        and body.count(b"\n") == ends
        and b"\x00" not in body
        and max(map(len, body.split(b"\r\n"))) <= MAX_LINE
    )
