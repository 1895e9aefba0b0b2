"""Senders that are born within milliseconds and killed together, again and again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.daemon import LOG_TAIL
from tests.faults.fork_server import ForkServer, fork_server
from tests.faults.stack import Issue, Stack


class Senders:
    """Some processes that their server has forked."""

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self._pids: list[int] = []

    def start(self, count: int) -> None:
        """Start the next senders."""
        self._pids = [self._server.fork() for _ in range(count)]

    def kill(self) -> list[int]:
        """Kill -9 them all; return how each ended, which tells whether it was alive."""
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
        return [self._server.wait(pid) for pid in self._pids]


@contextmanager
def senders_of(stack: Stack, issue: Issue) -> Iterator[Senders]:
    """Have senders of an edition ready."""
    said = stack.folder / "senders.log"
    try:
        with (
            said.open("ab") as log,
            fork_server(
                "tests.faults.sender_server",
                str(issue.edition_id),
                environment=stack.environment(),
                log=log,
            ) as server,
        ):
            yield Senders(server)
    finally:
        tail = said.read_text("utf-8", "replace")[-LOG_TAIL:]
        print(f"--- senders\n{tail}")  # noqa: T201  pytest shows it when the test has failed.
