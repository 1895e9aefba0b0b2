"""Forks schedulers that tick when they are told what time it is.

`python -m tests.faults.year.scheduler_server SOCKET`: each child connects to the socket, takes an
instant a line as the time, ticks as `crieur scheduler` does, and answers with a line.
"""

import socket
import sys
from datetime import UTC, datetime
from functools import partial

from service.boot import Runtime, build_runtime
from service.config import load_settings
from service.kit.log import configure_logging
from service.scheduler.tick import tick
from tests.faults.fork_server import serve_forks


class GivenTime:
    """A clock that shows what it was told last."""

    def __init__(self) -> None:
        self.now = datetime(2024, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def tick_when_told(runtime: Runtime, clock: GivenTime, path: str) -> None:
    """Tick at each instant that comes through a socket, until it is closed."""
    with socket.socket(socket.AF_UNIX) as told:
        told.connect(path)
        with told.makefile("rw") as lines:
            for line in lines:
                clock.now = datetime.fromisoformat(line.strip())
                tick(runtime)
                lines.write("done\n")
                lines.flush()


if __name__ == "__main__":
    settings = load_settings()
    configure_logging(as_json=False, level="warning")
    given = GivenTime()
    serve_forks(partial(tick_when_told, build_runtime(settings, clock=given), given, sys.argv[1]))
