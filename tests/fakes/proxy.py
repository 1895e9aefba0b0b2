"""A bad wire between us and any relay: cut, silent, slow, or with answers out of shape.

A real listener on a free port of 127.0.0.1, in a thread of its own. Each connection gets the
fault that the test chose for its number; the relay behind it is as healthy as it ever was.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tests.fakes.listener import Listener

END = b"\r\n.\r\n"
AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What one connection suffers; the default is a good wire."""

    # Bytes from us after which both ends are reset.
    cut_after: int | None = None
    # Bytes from the relay after which both ends are reset.
    cut_answers_after: int | None = None
    # The connection is taken, and nothing is ever said on it.
    half_open: bool = False
    # The relay gets the final dot of this mail (from 1) and we a reset instead of its answer.
    reset_after_dot: int | None = None
    # The relay's answer of this number (the greeting is 0) comes twice.
    doubled: int | None = None
    # The answer of this number comes behind the next one, if the next one comes soon.
    swapped: int | None = None
    # Answers come in pieces of so many bytes, with a pause between two.
    drip: int | None = None
    # Answers are held until so many have gathered, or nothing has come for a moment.
    joined: int = 1
    pause: float = 0.002
    patience: float = 0.05


GOOD = Fault()


class Proxy(Listener):
    """Use as a context manager; `faults(number)` decides for each connection, from 0."""

    def __init__(self, port: int, faults: Callable[[int], Fault] = lambda _number: GOOD) -> None:
        super().__init__(self._carry)
        # How many connections were reset because of their fault.
        self.cuts = 0
        self._target = port
        self._faults = faults

    def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Coroutine[Any, Any, None]:
        fault = self._faults(self.connections)
        return _Wire(self, fault, reader, writer).run(self._target)


class _Cut(Exception):  # noqa: N818  It is a wish, not an error.
    """Both ends are reset."""


class _Wire:
    """One connection of ours and the one to the relay behind it."""

    def __init__(
        self,
        proxy: Proxy,
        fault: Fault,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._fault = fault
        self._reader = reader
        self._writer = writer
        self._mails = 0

    async def run(self, port: int) -> None:
        """Pass everything on until one side ends or the fault strikes."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if self._fault.half_open:
                while await self._reader.read(AT_ONCE):
                    pass
                return
            answers, onward = await asyncio.open_connection("127.0.0.1", port)
            self._proxy.close_at_the_end(onward)
            try:
                await _first_to_end(self._pass_on(onward), self._bring_back(answers))
            except _Cut:
                self._proxy.cuts += 1
                for writer in (self._writer, onward):
                    _reset(writer)
            finally:
                onward.close()

    async def _pass_on(self, onward: asyncio.StreamWriter) -> None:
        """From us to the relay."""
        fault, passed, tail = self._fault, 0, b""
        while data := await self._reader.read(AT_ONCE):
            if fault.cut_after is not None and passed + len(data) >= fault.cut_after:
                onward.write(data[: fault.cut_after - passed])
                await onward.drain()
                raise _Cut
            passed += len(data)
            onward.write(data)
            await onward.drain()
            self._mails += (tail + data).count(END)
            tail = (tail + data)[-len(END) + 1 :]

    async def _bring_back(self, answers: asyncio.StreamReader) -> None:
        """From the relay to us, an answer at a time."""
        number, brought = 0, 0
        while waiting := await self._gather(answers, number):
            if self._fault.reset_after_dot is not None and self._is_dots_answer(waiting):
                raise _Cut
            shaped = b"".join(self._shape(waiting, number))
            number += len(waiting)
            limit = self._fault.cut_answers_after
            if limit is not None and brought + len(shaped) >= limit:
                await self._say(shaped[: limit - brought])
                raise _Cut
            brought += len(shaped)
            await self._say(shaped)

    async def _gather(self, answers: asyncio.StreamReader, number: int) -> list[bytes]:
        """Return the next answer, and those behind it that the fault wants together with it."""
        fault = self._fault
        wanted = 2 if fault.swapped == number else fault.joined
        found = [await _read_answer(answers)]
        with contextlib.suppress(TimeoutError):
            while found[-1] and len(found) < wanted:
                async with asyncio.timeout(fault.patience):
                    found.append(await _read_answer(answers))
        return [answer for answer in found if answer]

    def _is_dots_answer(self, answers: list[bytes]) -> bool:
        """Whether the relay has taken the mail whose answer is to be lost."""
        assert self._fault.reset_after_dot is not None
        return self._mails >= self._fault.reset_after_dot and any(
            not answer.startswith(b"354") for answer in answers
        )

    def _shape(self, answers: list[bytes], number: int) -> list[bytes]:
        doubled = self._fault.doubled
        if doubled is not None and number <= doubled < number + len(answers):
            at = doubled - number
            return [*answers[: at + 1], answers[at], *answers[at + 1 :]]
        if self._fault.swapped == number:
            return answers[::-1]
        return answers

    async def _say(self, data: bytes) -> None:
        size = self._fault.drip or max(len(data), 1)
        for start in range(0, len(data), size):
            self._writer.write(data[start : start + size])
            await self._writer.drain()
            if self._fault.drip:
                await asyncio.sleep(self._fault.pause)


async def _read_answer(answers: asyncio.StreamReader) -> bytes:
    """Return one whole answer with all its lines; nothing at the end."""
    whole = b""
    while line := await answers.readline():
        whole += line
        if line[3:4] != b"-":
            break
    return whole


async def _first_to_end(*ways: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Send RST, not FIN: what is on its way is lost."""
    held: socket.socket = writer.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
