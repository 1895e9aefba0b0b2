"""Starts the ledger sink, gives it orders, and reads what it has written down."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.rules.code import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One mail that the relay took; `at` is on this machine's monotonic clock."""

    recipient: str
    message_id: str
    digest: str
    at: float
    # False when the relay kept the mail and its answer was lost on purpose.
    answered: bool
    # The From field as it stood on its first line.
    sender: str = ""


class LedgerSink:
    """Use as a context manager."""

    def __init__(self, ledger: Path, *, patience: float = 30) -> None:
        """Patience is how long `wait` waits, in seconds."""
        self.path = ledger
        self._patience = patience
        self._process: subprocess.Popen[str] | None = None
        self._one_at_a_time = threading.Lock()
        self.port = 0

    @property
    def url(self) -> str:
        """As CRIEUR_SMTP_URL wants it."""
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    @property
    def pid(self) -> int:
        """Its process, for who wants to count its work."""
        assert self._process is not None
        return self._process.pid

    def open(self) -> None:
        """Listen, on the same port as before."""
        self._order(do="open")

    def close(self) -> None:
        """Listen no more and hang up on everybody: the relay is down."""
        self._order(do="close")

    def moods(self, name: str) -> None:
        """Choose the moods: `calm` or `mixed`."""
        self._order(do="moods", name=name)

    def rate(self, per_second: float) -> None:
        """Answer so many mails in a second at most; 0 is as fast as it can."""
        self._order(do="rate", value=per_second)

    def brake(self, at: int) -> None:
        """Take few mails in a second from so many on; 0 lets it run again."""
        self._order(do="brake", at=at)

    def hold(self, count: int = 1) -> None:
        """Keep the next mails without an answer until `let_go`."""
        self._order(do="hold", count=count)

    def let_go(self) -> None:
        """Answer 250 to what is held."""
        self._order(do="let_go")

    @property
    def kept(self) -> int:
        """How many mails were taken."""
        return int(self._order(do="tell")["kept"])

    @property
    def held(self) -> int:
        """How many mails wait for `let_go`."""
        return int(self._order(do="tell")["held"])

    @property
    def is_holding(self) -> bool:
        """Whether as many mails wait for `let_go` as `hold` has asked for."""
        told = self._order(do="tell")
        return bool(told["held"]) and not told["to_hold"]

    @property
    def most_connections(self) -> int:
        """The most connections that were open at one moment."""
        return int(self._order(do="tell")["most_connections"])

    def wait(self, until: Callable[[Self], bool]) -> None:
        """Return as soon as it is so."""
        alarm = threading.Event()
        for _ in range(int(self._patience / 0.02)):
            if until(self):
                return
            alarm.wait(0.02)
        raise AssertionError(f"the relay has kept {self.kept} and holds {self.held}: no change")

    def entries(self) -> list[Entry]:
        """Read the ledger; a line that is being written is left out."""
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        return [_read(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def _order(self, **order: object) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with self._one_at_a_time:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            told: dict[str, Any] = json.loads(process.stdout.readline())
        self.port = told["port"]
        return told

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.ledger_sink", str(self.path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        assert process is not None
        process.kill()
        process.communicate()


def _read(line: str) -> Entry:
    recipient, message_id, digest, at, answered, sender = line.rstrip("\n").split("\t")
    return Entry(
        recipient=recipient,
        message_id=message_id,
        digest=digest,
        at=float(at),
        answered=answered == "answered",
        sender=sender,
    )
