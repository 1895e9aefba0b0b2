"""A process that has imported everything, and forks copies of itself on demand.

A worker or a scheduler needs seconds to start, nearly all of them for its imports. Orders come on
standard input, a line each: `fork` answers with the child's process id, `wait` and such an id with
how that child ended. Only the server waits for its children, so their ids stay their own. All end
with whoever gives the orders.
"""

import ctypes
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from tests.rules.code import ROOT

_DEATH_OF_PARENT = 1


def serve_forks(child: Callable[[], object]) -> None:
    """Obey until nobody gives orders any more; each child calls `child` and ends.

    Nothing may be connected yet, so that children share no connection.
    """
    gc.freeze()
    for order in sys.stdin:
        match order.split():
            case ["fork"]:
                answer = os.fork()
                if not answer:
                    ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)
                    child()
                    os._exit(0)
            case ["wait", pid]:
                _, status = os.waitpid(int(pid), 0)
                answer = os.waitstatus_to_exitcode(status)
            case _:
                raise ValueError(order)
        print(answer, flush=True)  # noqa: T201  The answer to an order.


class ForkServer:
    """The other side: gives the orders. Use `fork_server`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def fork(self) -> int:
        """Start a child; return its process id."""
        return self._order("fork")

    def wait(self, pid: int) -> int:
        """Return how a child ended, as `subprocess` has it: -9 of one that was killed."""
        return self._order(f"wait {pid}")

    def _order(self, order: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def fork_server(
    module: str, argument: str, *, environment: Mapping[str, str], log: IO[bytes]
) -> Iterator[ForkServer]:
    """Run a module whose main calls `serve_forks`; what it says goes to `log`."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, argument],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        process_group=0,
    )
    try:
        yield ForkServer(process)
    finally:
        process.kill()
        process.communicate()
