"""Forks schedulers that tick when they are told what time it is.

`python -m tests.faults.year.scheduler_server SOCKET`: orders come on standard input, a line each:
`fork` answers with the child's process id, `wait` and such an id with how that child ended. Each
child connects to the socket, takes an instant a line as the time, ticks as `crieur scheduler` does,
and answers with a line. A scheduler needs seconds to start, nearly all of them for its imports;
this process has imported everything. All end with whoever gives the orders.
"""

import ctypes
import gc
import os
import signal
import socket
import sys
from datetime import UTC, datetime

from service.boot import Runtime, build_runtime
from service.config import load_settings
from service.kit.log import configure_logging
from service.scheduler.tick import tick

_DEATH_OF_PARENT = 1


class GivenTime:
    """A clock that shows what it was told last."""

    def __init__(self) -> None:
        self.now = datetime(2024, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def serve(runtime: Runtime, clock: GivenTime, path: str) -> None:
    """Obey until nobody gives orders any more."""
    gc.freeze()
    for order in sys.stdin:
        match order.split():
            case ["fork"]:
                answer = os.fork()
                if not answer:
                    _tick_when_told(runtime, clock, path)
            case ["wait", child]:
                _, status = os.waitpid(int(child), 0)
                answer = os.waitstatus_to_exitcode(status)
            case _:
                raise ValueError(order)
        print(answer, flush=True)  # noqa: T201  The answer to an order.


def _tick_when_told(runtime: Runtime, clock: GivenTime, path: str) -> None:
    ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)
    with socket.socket(socket.AF_UNIX) as told:
        told.connect(path)
        with told.makefile("rw") as lines:
            for line in lines:
                clock.now = datetime.fromisoformat(line.strip())
                tick(runtime)
                lines.write("done\n")
                lines.flush()
    os._exit(0)


if __name__ == "__main__":
    settings = load_settings()
    configure_logging(as_json=False, level="warning")
    given = GivenTime()
    # Nothing is connected yet, so that children share no connection.
    serve(build_runtime(settings, clock=given), given, sys.argv[1])
