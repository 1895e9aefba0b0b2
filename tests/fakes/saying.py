"""An SMTP relay that says one thing at one command, to every mail or to some.

A real server on a free port of 127.0.0.1, in a thread of its own. What it is told to say may
change while it runs, as when somebody has repaired it.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

from service.replies.classification import SmtpStage
from tests.fakes.listener import Listener

Says = Callable[[SmtpStage, str], str | None]
"""What it answers at a stage to a recipient (empty at MAIL); None is what is usual there."""

_USUAL = {
    SmtpStage.MAIL: "250 2.1.0 fine",
    SmtpStage.RCPT: "250 2.1.5 fine",
    SmtpStage.DATA: "354 go ahead",
    SmtpStage.DOT: "250 2.0.0 queued",
}


def always(stage: SmtpStage, answer: str) -> Says:
    """Say the same to every mail at this stage; lines are separated by line feeds."""
    return lambda at, _recipient: answer if at is stage else None


class Saying(Listener):
    """Use as a context manager; `copies` counts what it took, `offered` who was named to it."""

    def __init__(self, says: Says, *, offers: tuple[str, ...] = ("PIPELINING",)) -> None:
        super().__init__(self._serve)
        self.says = says
        self.copies: Counter[str] = Counter()
        self.offered: Counter[str] = Counter()
        self._offers = offers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test ESMTP\r\n")
        recipient, is_open = "", False
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                command = line.decode().rstrip("\r\n")
                answer = "250 ok"
                match command[:4].upper():
                    case "EHLO":
                        answer = "\n".join([*(f"250-{offer}" for offer in self._offers), "250 x"])
                    case "MAIL":
                        answer = self._say(SmtpStage.MAIL, "")
                        is_open = answer.startswith("2")
                    case "RCPT":
                        recipient = command.partition("<")[2].partition(">")[0]
                        answer = self._say(SmtpStage.RCPT, recipient) if is_open else "503 sender?"
                        is_open = is_open and answer.startswith("2")
                    case "DATA":
                        answer = self._say(SmtpStage.DATA, recipient) if is_open else "503 whom?"
                        if answer.startswith("3"):
                            writer.write(answer.encode() + b"\r\n")
                            await reader.readuntil(b"\r\n.\r\n")
                            answer = self._say(SmtpStage.DOT, recipient)
                            self.copies[recipient] += answer.startswith("2")
                        is_open = False
                    case _:
                        pass
                writer.write(answer.replace("\n", "\r\n").encode() + b"\r\n")
                if command[:4].upper() == "QUIT":
                    return

    def _say(self, stage: SmtpStage, recipient: str) -> str:
        self.offered[recipient] += stage is SmtpStage.RCPT
        return self.says(stage, recipient) or _USUAL[stage]
