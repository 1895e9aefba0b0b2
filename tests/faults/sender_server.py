"""Forks senders of one edition: `python -m tests.faults.sender_server EDITION_ID`.

A worker needs seconds to start, nearly all of them for its imports. This process has imported
everything, and each child that it forks runs an edition as a worker's thread does, on the real
database and relay. Orders come on standard input, a line each: `fork` answers with the child's
process id, `wait` and such an id with how that child ended. All end with whoever gives the orders.
"""

import ctypes
import gc
import os
import signal
import sys

from service.boot import Runtime, build_runtime
from service.config import load_settings
from service.kit.log import configure_logging
from workers import send_edition

_DEATH_OF_PARENT = 1


def serve(runtime: Runtime, edition_id: int) -> None:
    """Obey until nobody gives orders any more."""
    gc.freeze()
    for order in sys.stdin:
        match order.split():
            case ["fork"]:
                answer = os.fork()
                if not answer:
                    _send(runtime, edition_id)
            case ["wait", child]:
                _, status = os.waitpid(int(child), 0)
                answer = os.waitstatus_to_exitcode(status)
            case _:
                raise ValueError(order)
        print(answer, flush=True)  # noqa: T201  The answer to an order.


def _send(runtime: Runtime, edition_id: int) -> None:
    ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)
    send_edition.run(runtime, edition_id=edition_id)
    os._exit(0)


if __name__ == "__main__":
    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    # Nothing is connected yet, so that children share no connection.
    serve(build_runtime(settings), int(sys.argv[1]))
