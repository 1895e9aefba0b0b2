"""Senders that are born within milliseconds and killed together, again and again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.daemon import LOG_TAIL
from tests.faults.stack import Issue, Stack
from tests.rules.code import ROOT


class Senders:
    """Some processes; only their server waits for them, so their ids stay their own."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        self._pids: list[int] = []

    def start(self, count: int) -> None:
        """Start the next senders."""
        self._pids = [self._order("fork") for _ in range(count)]

    def kill(self) -> list[int]:
        """Kill -9 them all; return how each ended, which tells whether it was alive."""
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
        return [self._order(f"wait {pid}") for pid in self._pids]

    def _order(self, order: str) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(order + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


@contextmanager
def senders_of(stack: Stack, issue: Issue) -> Iterator[Senders]:
    """Have senders of an edition ready."""
    said = stack.folder / "senders.log"
    with said.open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sender_server", str(issue.edition_id)],
            cwd=ROOT,
            env=stack.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            process_group=0,
        )
    try:
        yield Senders(server)
    finally:
        server.kill()
        server.communicate()
        tail = said.read_text("utf-8", "replace")[-LOG_TAIL:]
        print(f"--- senders\n{tail}")  # noqa: T201  pytest shows it when the test has failed.
