"""`crieur worker`: one process that dies takes nobody along, and nobody outlives the supervisor."""

import os
import signal
import sys
from pathlib import Path

import pytest

from service.config import Settings
from tests.rooms.workers.daemons import PATIENCE, Log, children_of, started, wait_until_gone

# It starts a worker in the way that `--under` asks for, without Linux's own tie, and says its id.
UNTIED = """
import os, subprocess, sys, threading
argv = [sys.executable, "-m", "workers.run", "--under", str(os.getpid())]
print(subprocess.Popen(argv, stderr=open(sys.argv[1], "ab")).pid, flush=True)
threading.Event().wait()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_a_killed_process_is_started_again_and_takes_nobody_along(
    settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "log")

    with started(settings, ["-m", "service", "worker"], log, CRIEUR_WORKER_PROCESSES="2") as daemon:
        log.wait_for("daemon.started", 2)
        victim, other = sorted(children_of(daemon.pid))
        os.kill(victim, signal.SIGKILL)
        log.wait_for("daemon.started", 3)

        assert daemon.poll() is None
        assert other in children_of(daemon.pid)
        assert victim not in children_of(daemon.pid)
        assert [each["code"] for each in log.events("daemon.died")] == [-signal.SIGKILL]

        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE) == 0

    assert len(log.events("daemon.stopped")) == 2
    assert "same type twice" not in log.path.read_text("utf-8")


def test_processes_end_with_a_killed_supervisor(settings: Settings, tmp_path: Path) -> None:
    log = Log(tmp_path / "log")

    with started(settings, ["-m", "service", "worker"], log, CRIEUR_WORKER_PROCESSES="2") as daemon:
        log.wait_for("daemon.started", 2)
        handles = [os.pidfd_open(pid) for pid in children_of(daemon.pid)]
        assert len(handles) == 2

        daemon.kill()

        for handle in handles:
            wait_until_gone(handle, log)


def test_a_process_notices_by_itself_that_its_supervisor_is_gone(
    settings: Settings, tmp_path: Path
) -> None:
    """Where the system does not tell it, as Linux does."""
    log = Log(tmp_path / "log")

    with started(settings, ["-c", UNTIED, str(log.path)], log) as supervisor:
        assert supervisor.stdout is not None
        worker = int(supervisor.stdout.readline())
        handle = os.pidfd_open(worker)
        log.wait_for("daemon.started", 1)

        supervisor.kill()

        wait_until_gone(handle, log)

    assert len(log.events("worker.orphaned")) == 1
