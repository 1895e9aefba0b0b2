"""An SMTP relay with moods: what it does to a mail is decided per recipient and attempt.

A real server on a free port of 127.0.0.1, in a thread of its own. It keeps a mail before it
answers 250, so `accepted` never holds less than a sender may believe.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.fakes.listener import Listener

OFFERS = ("PIPELINING", "SIZE 52428800", "8BITMIME")


class Mood(StrEnum):
    """What becomes of one attempt."""

    ACCEPT = "250 to the dot"
    SLOW = "250 to the dot, in pieces and after a while"
    DEFER = "450 to RCPT"
    DEFER_DOT = "451 to the dot"
    CLOSING = "421 to RCPT, and gone"
    REFUSE = "550 to RCPT"
    REFUSE_DOT = "554 to the dot"
    EARLY = "552 in the middle of the message"
    GARBAGE = "nonsense to RCPT"
    GARBAGE_DOT = "nonsense to the dot"
    ENDLESS = "an answer without an end to RCPT"
    HANG = "silence after RCPT"
    HANG_DOT = "silence after the dot"
    DROP = "gone after RCPT"
    DROP_BEFORE_DOT = "gone in the middle of the message"
    DROP_AFTER_DOT = "kept, but gone before the answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One mail that the relay took, as it stood on the wire (dots unstuffed)."""

    sender: str
    recipient: str
    raw: bytes


Moods = Callable[[str, int], Mood]


class Relay(Listener):
    """Use as a context manager; give `moods(recipient, attempt)` to decide, attempt from 1."""

    def __init__(
        self,
        moods: Moods = lambda _recipient, _attempt: Mood.ACCEPT,
        *,
        offers: tuple[str, ...] = OFFERS,
        messages_per_connection: int | None = None,
        on_kept: Callable[[Kept], None] = lambda _kept: None,
        data_to_nobody: bool = False,
        tired_after: int | None = None,
    ) -> None:
        super().__init__(lambda reader, writer: _Visit(self, reader, writer).run())
        self.accepted: list[Kept] = []
        self.attempts: Counter[str] = Counter()
        self.commands: list[str] = []
        # How many visitors it says nothing more to.
        self.hanging = 0
        self._under_way: Counter[str] = Counter()
        self._most: Counter[str] = Counter()
        self._moods = moods
        self._offers = offers
        self._limit = messages_per_connection
        self._on_kept = on_kept
        # Some servers let DATA go on although they refused the only recipient (RFC 2920).
        self._data_to_nobody = data_to_nobody
        # Some take so many messages on a connection, and say 452 to every further sender.
        self._tired_after = tired_after

    def most_at_once(self, ending: str) -> int:
        """Return how many mails to addresses with this ending were ever under way together."""
        return self._most[ending.removeprefix("@")]

    def _begin(self, recipient: str) -> None:
        domain = recipient.rpartition("@")[2]
        self._under_way[domain] += 1
        self._most[domain] = max(self._most[domain], self._under_way[domain])

    def _end(self, recipient: str) -> None:
        self._under_way[recipient.rpartition("@")[2]] -= 1

    def to(self, recipient: str) -> list[Kept]:
        return [kept for kept in self.accepted if kept.recipient == recipient]


class _Gone(Exception):  # noqa: N818  It is a wish, not an error.
    """The relay hangs up."""


class _Visit:
    """One connection."""

    def __init__(
        self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._relay = relay
        self._reader = reader
        self._writer = writer
        self._sender = ""
        self._recipient = ""
        self._mood = Mood.ACCEPT
        self._offered = 0
        self._welcome = False
        self._is_tired = False

    async def run(self) -> None:
        with contextlib.suppress(_Gone, ConnectionError, asyncio.IncompleteReadError):
            self._say("220 relay.test ESMTP")
            while line := await self._reader.readline():
                await self._answer(line.decode().rstrip("\r\n"))

    async def _answer(self, command: str) -> None:
        self._relay.commands.append(command)
        match command.split(" ", maxsplit=1)[0].upper():
            case "EHLO":
                self._greet()
            case "MAIL":
                self._take_sender(command.split("<")[1].split(">", maxsplit=1)[0])
            case "RCPT" if not self._is_tired:
                await self._take_recipient(command.split("<")[1].split(">", maxsplit=1)[0])
            case "DATA":
                await self._take_data()
            case "RSET":
                self._welcome = False
                self._say("250 2.0.0 reset")
            case "QUIT":
                self._say("221 2.0.0 bye")
                raise _Gone
            case _:
                # To a recipient whose sender was not taken, too.
                self._say("503 5.5.1 no sender" if self._is_tired else "500 5.5.1 what?")

    def _greet(self) -> None:
        lines = ["relay.test", *self._relay._offers]
        for line in lines[:-1]:
            self._say(f"250-{line}")
        self._say(f"250 {lines[-1]}")

    async def _take_data(self) -> None:
        if self._welcome or self._relay._data_to_nobody:
            self._say("354 go ahead")
            await (self._take_message() if self._welcome else self._take_nothing())
        else:
            self._say("503 5.5.1 no valid recipients")

    def _take_sender(self, sender: str) -> None:
        self._welcome = False
        self._is_tired = self._offered == self._relay._tired_after
        self._sender = sender
        self._say("452 4.5.3 Too many messages sent" if self._is_tired else "250 2.1.0 fine")

    async def _take_recipient(self, recipient: str) -> None:
        relay = self._relay
        self._recipient = recipient
        relay.attempts[recipient] += 1
        self._mood = relay._moods(recipient, relay.attempts[recipient])
        match self._mood:
            case Mood.DEFER:
                self._say(f"450 4.2.2 <{recipient}> is over quota, try later")
            case Mood.CLOSING:
                self._say("421 4.3.2 closing for maintenance")
                raise _Gone
            case Mood.REFUSE:
                self._say(f"550 5.1.1 <{recipient}>: no such mailbox")
            case Mood.GARBAGE:
                self._say("HTTP/1.1 400 Bad Request")
            case Mood.ENDLESS:
                self._writer.write(b"250-" + b"x" * 100_000)
            case Mood.HANG:
                await self._sleep_for_ever()
            case Mood.DROP:
                raise _Gone
            case _:
                self._welcome = True
                self._say("250 2.1.5 fine")

    async def _take_nothing(self) -> None:
        while (await self._reader.readline()).rstrip(b"\r\n") != b".":
            pass
        self._say("554 5.5.1 no valid recipients")

    async def _take_message(self) -> None:
        self._welcome = False
        if self._mood is Mood.DROP_BEFORE_DOT:
            await self._reader.readline()
            raise _Gone
        if self._mood is Mood.EARLY:
            await self._reader.readline()
            self._say("552 5.3.4 too long already")
            await self._sleep_for_ever()
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        body = raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        kept = Kept(sender=self._sender, recipient=self._recipient, raw=body)
        # From the message on: a recipient alone may have been named ahead, behind another's dot.
        self._relay._begin(self._recipient)
        try:
            await self._answer_dot(kept)
        finally:
            self._relay._end(self._recipient)
        self._offered += 1
        if self._relay._limit is not None and self._offered >= self._relay._limit:
            # Many servers hang up while the client believes that the line is still good.
            raise _Gone

    async def _answer_dot(self, kept: Kept) -> None:
        match self._mood:
            case Mood.DEFER_DOT:
                self._say("451 4.3.0 try later")
            case Mood.REFUSE_DOT:
                self._say("554 5.7.1 refused by policy, see https://relay.test/policy")
            case Mood.GARBAGE_DOT:
                self._say("\x00\x01\x02")
            case Mood.HANG_DOT:
                await self._sleep_for_ever()
            case Mood.DROP_AFTER_DOT:
                await self._keep(kept)
                raise _Gone
            case Mood.SLOW:
                await self._keep(kept)
                await asyncio.sleep(0.02)
                self._writer.write(b"250-2.0.0 tak")
                await asyncio.sleep(0.02)
                self._writer.write(b"en\r\n250 2.0.0 queued\r\n")
            case _:
                await self._keep(kept)
                self._say("250 2.0.0 queued as 12345")

    async def _keep(self, kept: Kept) -> None:
        self._relay.accepted.append(kept)
        await asyncio.to_thread(self._relay._on_kept, kept)

    def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")

    async def _sleep_for_ever(self) -> None:
        self._relay.hanging += 1
        while await self._reader.read(65536):
            pass
        raise _Gone
