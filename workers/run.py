"""One worker process: `python -m workers.run`, dramatiq's threads with Crieur's actors.

`crieur worker` starts CRIEUR_WORKER_PROCESSES of these, and restarts one that dies. A supervisor
that is killed cannot stop them: `--under` names its process id, and a process with another parent
drains and ends. It checks once a second.

Tests name another module than `workers.main`, whose actors have faults.
"""

import argparse
import os
import signal
import sys
import threading
from importlib import import_module

import dramatiq

from service.config import load_settings
from service.kit.log import get_logger

log = get_logger(__name__)

CHECK_SECONDS = 1.0

KILLED = 3
"""The exit code when a second signal does not let it drain."""


def main() -> int:
    """Work until SIGTERM or SIGINT, or until the supervisor is gone; then drain."""
    asked = _read_arguments()
    stop = threading.Event()

    def on_signal(*_: object) -> None:
        if stop.is_set():
            os._exit(KILLED)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    import_module(asked.module)
    broker = dramatiq.get_broker()
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_threads=load_settings().worker_threads)
    worker.start()
    log.info("daemon.started", daemon="worker")
    while not stop.wait(CHECK_SECONDS):
        if asked.under is not None and os.getppid() != asked.under:
            log.warning("worker.orphaned", supervisor=asked.under)
            stop.set()
    worker.stop()
    broker.close()
    log.info("daemon.stopped", daemon="worker")
    return 0


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workers.run", description=__doc__)
    parser.add_argument("module", nargs="?", default="workers.main", help="Declares the actors.")
    parser.add_argument("--under", type=int, help="End when this process is not the parent.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
