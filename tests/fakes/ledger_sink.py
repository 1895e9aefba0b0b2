"""A relay in a process of its own that writes every mail down before it answers 250.

Whatever is killed around it, its ledger says what was really taken: one line a mail, appended by
one `write`, then the answer. It speaks PIPELINING and is fast enough never to be the bottleneck.
Orders come as JSON lines on standard input, each answered by a JSON line; it ends with its parent.
`tests.fakes.ledger` starts it and reads what it wrote.
"""

import asyncio
import json
import math
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tests.fakes.moods import ACCEPT, MOODS, Moment, Mood

HOST = "127.0.0.1"
OFFERS = b"250-sink.test\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250 8BITMIME\r\n"
END = b"\r\n.\r\n"
DIGEST_SIZE = 16
# Seconds between two answers once it brakes: a send goes on, and comes to no end.
BRAKED = 0.02


class Store:
    """What all connections share: the ledger's file, the moods, the orders."""

    def __init__(self, ledger: Path) -> None:
        self._file = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.mood: Callable[[str], Mood] = MOODS["calm"]
        self.spoilt: Counter[str] = Counter()
        self.kept = 0
        self.connections: set[Channel] = set()
        self.most_connections = 0
        # Seconds between two answers to a dot, over all connections: how long a send takes.
        self.pause = 0.0
        # How many mails it has when it begins to brake.
        self.brake_at = math.inf
        self._free_at = 0.0
        # How many mails more are kept without an answer until they are let go.
        self.to_hold = 0
        self.held: list[Channel] = []

    def keep(self, recipient: str, raw: bytes, *, answered: bool) -> None:
        """Append one mail; when this returns, killing this process loses nothing."""
        self.kept += 1
        head, _, _ = raw.partition(b"\r\n\r\n")
        line = "\t".join(
            [
                recipient,
                _field(head, b"message-id"),
                blake2b(raw, digest_size=DIGEST_SIZE).hexdigest(),
                f"{time.monotonic():.6f}",
                "answered" if answered else "silent",
                _field(head, b"from"),
            ]
        )
        os.write(self._file, line.encode() + b"\n")

    def mood_of(self, recipient: str) -> Mood:
        """Return what happens to the next attempt.

        Only those that were spoilt count: a transaction that was pipelined behind another one may
        end before its own moment comes.
        """
        mood = self.mood(recipient)
        return mood if self.spoilt[recipient] < mood.spoils else ACCEPT

    def wait_for_turn(self) -> float:
        """Return how long an answer has to wait for the pace that was ordered."""
        pause = max(self.pause, BRAKED) if self.kept >= self.brake_at else self.pause
        if not pause:
            return 0.0
        now = time.monotonic()
        self._free_at = max(self._free_at + pause, now)
        return self._free_at - now


class Channel(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, store: Store) -> None:
        self._store = store
        self._buffer = bytearray()
        self._scanned = 0
        self._in_data = False
        self._recipient = ""
        self._mood = ACCEPT
        self._out: list[bytes] = []
        # Nothing more is read from the buffer until an answer has gone out.
        self._blocked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._store.connections.add(self)
        self._store.most_connections = max(
            self._store.most_connections, len(self._store.connections)
        )
        transport.write(b"220 sink.test ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        del exc
        self._blocked = True
        self._store.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer whatever is complete, in order."""
        self._buffer += data
        self.go_on()

    def go_on(self) -> None:
        """Work until an answer is held back or more is needed."""
        while not self._blocked and (self._take_body() if self._in_data else self._take_line()):
            pass
        self._flush()

    def answer(self) -> None:
        """Say 250 to a mail that was kept, and go on."""
        if self.transport.is_closing():
            return
        self._blocked = False
        self._out.append(b"250 2.0.0 kept\r\n")
        self.go_on()

    def _flush(self) -> None:
        if self._out and not self.transport.is_closing():
            self.transport.write(b"".join(self._out))
        self._out.clear()

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._buffer[: end + 1]).rstrip(b"\r\n")
        del self._buffer[: end + 1]
        match line[:4].upper():
            case b"EHLO":
                self._out.append(OFFERS)
            case b"RCPT":
                self._take_recipient(line)
            case b"DATA":
                self._begin_data()
            case b"QUIT":
                self._out.append(b"221 2.0.0 bye\r\n")
                self._flush()
                self.transport.close()
                self._blocked = True
            case b"MAIL" | b"RSET" | b"NOOP" | b"HELO":
                self._recipient = ""
                self._out.append(b"250 2.0.0 fine\r\n")
            case _:
                self._out.append(b"500 5.5.1 what?\r\n")
        return True

    def _take_recipient(self, line: bytes) -> None:
        self._recipient = line.split(b"<", 1)[1].split(b">", 1)[0].decode()
        self._mood = self._store.mood_of(self._recipient)
        if self._mood.moment is Moment.RCPT and self._mood is not ACCEPT:
            self._spoil()
            return
        self._out.append(b"250 2.1.5 fine\r\n")

    def _begin_data(self) -> None:
        if not self._recipient:
            # RFC 2920 section 3.1: a client that pipelines finds out here.
            self._out.append(b"554 5.5.1 no valid recipients\r\n")
            return
        self._in_data = True
        self._scanned = 0
        self._out.append(b"354 go ahead\r\n")
        if self._mood.moment is Moment.BODY:
            self._spoil()

    def _take_body(self) -> bool:
        at = 0 if self._buffer.startswith(b".\r\n") else self._buffer.find(END, self._scanned)
        if at < 0:
            self._scanned = max(0, len(self._buffer) - len(END) + 1)
            return False
        body_end = at + 2 if self._buffer[at : at + 1] == b"\r" else at
        raw = bytes(self._buffer[:body_end])
        del self._buffer[: body_end + 3]
        self._in_data = False
        if raw.startswith(b".") or b"\r\n." in raw:
            raw = raw.removeprefix(b".").replace(b"\r\n.", b"\r\n")
        self._take_mail(raw)
        return True

    def _take_mail(self, raw: bytes) -> None:
        if self._mood is not ACCEPT:
            if self._mood.moment is Moment.KEPT:
                self._store.keep(self._recipient, raw, answered=False)
            self._spoil()
            return
        self._store.keep(self._recipient, raw, answered=True)
        if self._store.to_hold > 0:
            self._store.to_hold -= 1
            self._store.held.append(self)
            self._block()
        elif wait := self._store.wait_for_turn():
            self._block()
            asyncio.get_running_loop().call_later(wait, self.answer)
        else:
            self._out.append(b"250 2.0.0 kept\r\n")

    def _spoil(self) -> None:
        mood = self._mood
        self._store.spoilt[self._recipient] += 1
        self._recipient = ""
        match mood.kind:
            case "reset":
                self._flush()
                self._blocked = True
                self.transport.abort()
            case "hang":
                self._block()
            case "garbage":
                self._out.append(b"HTTP/1.1 400 Bad Request\r\n")
            case _:
                self._out.append(mood.reply.encode() + b"\r\n")
                if mood.reply.startswith("421"):
                    self._flush()
                    self._blocked = True
                    self.transport.close()

    def _block(self) -> None:
        self._flush()
        self._blocked = True


class Desk:
    """Takes orders."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.port = 0
        self._server: asyncio.Server | None = None
        # Bound and never listening: while the relay is down its port refuses, and no
        # connection of the tests beside is given it.
        self._claim = socket.socket()

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what is ordered, and tell how things stand."""
        match order["do"]:
            case "moods":
                self._store.mood = MOODS[order["name"]]
            case "rate":
                self._store.pause = 1 / order["value"] if order["value"] else 0.0
            case "brake":
                self._store.brake_at = order["at"] or math.inf
            case "hold":
                self._store.to_hold = order["count"]
            case "let_go":
                self._let_go()
            case "open":
                await self._open()
            case "close":
                self._close()
            case _:
                pass
        return {
            "port": self.port,
            "kept": self._store.kept,
            "held": len(self._store.held),
            "to_hold": self._store.to_hold,
            "connections": len(self._store.connections),
            "most_connections": self._store.most_connections,
        }

    def _let_go(self) -> None:
        held, self._store.held, self._store.to_hold = self._store.held, [], 0
        for channel in held:
            channel.answer()

    async def _open(self) -> None:
        if not self.port:
            self._claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._claim.bind((HOST, 0))
            self.port = self._claim.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Channel(self._store), HOST, self.port, backlog=1000, reuse_port=True
        )

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for channel in list(self._store.connections):
            channel.transport.abort()


async def serve(ledger: Path) -> None:
    """Take orders until standard input ends; begin with an `open`."""
    desk = Desk(Store(ledger))
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        told = await desk.obey(json.loads(line))
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def _field(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n"):
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip().decode("utf-8", "replace").replace("\t", " ")
    return ""


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
