"""A relay that takes every mail as fast as it can, counts it and forgets it.

It runs in a process of its own (`python -m service.devkit.bench.sink`), prints its port as a line
of JSON, and answers each line on its standard input with its counts; it ends with its input.

The end of a message is looked for in the last `GROUP` bytes of a read only: a client may not
write a body before it has read 354, so one group of commands, at most, follows a final dot.
"""

import argparse
import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import cast

HOST = "127.0.0.1"
GROUP = 4096
BUFFER = 1 << 18
SAMPLE = 8192
END = b"\r\n.\r\n"
_OFFERS = (b"bench.invalid", b"PIPELINING", b"8BITMIME", b"SMTPUTF8", b"ENHANCEDSTATUSCODES")
_EHLO = b"".join(b"250-%b\r\n" % line for line in _OFFERS) + b"250 SIZE 0\r\n"
_OK = b"250 2.0.0 Ok\r\n"
_ANSWERS = {
    b"MAIL": _OK,
    b"RCPT": _OK,
    b"RSET": _OK,
    b"NOOP": _OK,
    b"HELO": b"250 bench.invalid\r\n",
    b"EHLO": _EHLO,
    b"DATA": b"354 Go ahead\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}
_UNKNOWN = b"500 5.5.1 Unknown\r\n"


@dataclass(slots=True)
class SinkCounts:
    """What was taken since the last reset; instants are monotonic seconds of the machine."""

    mails: int = 0
    bytes: int = 0
    # Of the first MAIL, of the first message that was accepted, and of the last one.
    first_at: float = 0.0
    first_accepted_at: float = 0.0
    last_at: float = 0.0
    connections: int = 0
    most_connections: int = 0
    # The beginning of the first mail, for a look at its header.
    sample: str = ""

    def reset(self) -> None:
        """Start again, with the connections that are open."""
        self.mails = self.bytes = 0
        self.first_at = self.first_accepted_at = self.last_at = 0.0
        self.most_connections = self.connections
        self.sample = ""


class SinkConnection(asyncio.BufferedProtocol):
    """One connection. All share one buffer: nothing in it outlives the call that tells of it."""

    def __init__(self, tally: SinkCounts, buffer: bytearray, *, hold: float) -> None:
        self._tally = tally
        self._buffer = buffer
        self._hold = hold
        self._transport: asyncio.Transport | None = None
        self._in_body = False
        self._tail = b""
        # Commands that are not whole yet, or that wait behind a held answer.
        self._commands = b""
        self._is_held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        # uvloop's transports are not of asyncio's class.
        self._transport = cast("asyncio.Transport", transport)
        self._tally.connections += 1
        self._tally.most_connections = max(self._tally.most_connections, self._tally.connections)
        self._transport.write(b"220 bench.invalid ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        del exc
        self._tally.connections -= 1
        self._transport = None

    def get_buffer(self, sizehint: int) -> bytearray:
        """Lend the buffer."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take a part of a body, its end, or commands."""
        if not self._in_body:
            self._obey(bytes(self._buffer[:nbytes]))
            return
        tally = self._tally
        if not tally.sample:
            tally.sample = bytes(self._buffer[: min(nbytes, SAMPLE)]).decode("latin-1")
        after = self._find_end(nbytes)
        if after is None:
            tally.bytes += nbytes
            return
        self._in_body = False
        tally.bytes += after
        if self._hold:
            self._is_held = True
            self._commands = bytes(self._buffer[after:nbytes])
            asyncio.get_running_loop().call_later(self._hold, self._release)
            return
        self._accept(bytes(self._buffer[after:nbytes]))

    def _find_end(self, size: int) -> int | None:
        """Return where the bytes after the final dot begin, if it is here."""
        found = self._buffer.rfind(END, max(0, size - GROUP), size)
        if found >= 0:
            return found + len(END)
        # The end may stand across two reads; the line end of DATA itself counts too.
        seam = self._tail + self._buffer[: min(size, 4)]
        found = seam.find(END)
        if found >= 0:
            return found + len(END) - len(self._tail)
        self._tail = bytes((self._tail + self._buffer[max(0, size - 4) : size])[-4:])
        return None

    def _release(self) -> None:
        self._is_held = False
        waiting, self._commands = self._commands, b""
        if self._transport is not None:
            self._accept(waiting)

    def _accept(self, commands: bytes) -> None:
        # Before the answer: who has it may ask for the counts.
        tally = self._tally
        tally.mails += 1
        tally.last_at = time.monotonic()
        tally.first_accepted_at = tally.first_accepted_at or tally.last_at
        self._obey(commands, answers=_OK)

    def _obey(self, commands: bytes, answers: bytes = b"") -> None:
        """Answer all whole lines in one write; keep what is not whole."""
        if self._is_held:
            self._commands += commands
            return
        *lines, self._commands = (self._commands + commands).split(b"\r\n")
        for line in lines:
            verb = line[:4].upper()
            answers += _ANSWERS.get(verb, _UNKNOWN)
            if verb == b"DATA":
                self._in_body, self._tail = True, b"\r\n"
            elif verb == b"MAIL" and not self._tally.first_at:
                self._tally.first_at = time.monotonic()
        transport = self._transport
        if transport is None:
            return
        if answers:
            transport.write(answers)
        if lines and lines[-1][:4].upper() == b"QUIT":
            transport.close()


async def serve(tally: SinkCounts, *, hold: float) -> None:
    """Take messages until the standard input ends; `hold` is in seconds."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    buffer = bytearray(BUFFER)
    server = await loop.create_server(
        lambda: SinkConnection(tally, buffer, hold=hold), HOST, 0, backlog=1024
    )
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)  # noqa: T201  The parent reads it.
    end = partial(loop.call_soon_threadsafe, done.set)
    threading.Thread(target=_listen, args=(tally, end), daemon=True).start()
    await done.wait()
    server.close()


def _listen(tally: SinkCounts, end: Callable[[], object]) -> None:
    """Answer each line of the parent with the counts; `reset` starts them again."""
    for line in sys.stdin:
        counts = asdict(tally)
        if line.strip() == "reset":
            tally.reset()
        print(json.dumps(counts), flush=True)  # noqa: T201  The parent reads it.
    end()


def main() -> None:
    """Run the sink."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--hold", type=float, default=0.0, help="milliseconds before a dot's answer"
    )
    hold = parser.parse_args().hold / 1000
    asyncio.run(serve(SinkCounts(), hold=hold))


if __name__ == "__main__":
    main()
