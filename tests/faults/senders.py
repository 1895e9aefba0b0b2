"""Senders that are born within milliseconds and killed one after the other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.stack import Issue, Stack
from tests.rules.code import ROOT


class Senders:
    """One sender at a time; only its server waits for it, so its process id stays its own."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        self._pid = 0

    def start(self) -> None:
        """Start the next sender."""
        self._pid = self._order("fork")

    def kill(self) -> int:
        """Kill -9; return how it ended, which tells whether it was alive."""
        os.kill(self._pid, signal.SIGKILL)
        return self._order("wait")

    def _order(self, order: str) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(order + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


@contextmanager
def senders_of(stack: Stack, issue: Issue) -> Iterator[Senders]:
    """Have senders of an edition ready; what they say is in the stack's folder."""
    with (stack.folder / "senders.log").open("ab") as log:
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
