"""`crieur worker`: one process that dies takes nobody along, and nobody outlives the supervisor."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.boot import Runtime
from service.cli.daemons import child_environment_of
from service.config import Settings
from service.jobs.broker import queue_length, send_job
from service.jobs.catalogue import SEND_EDITION

PATIENCE = 60.0
# It starts a worker in the way that `--under` asks for, without Linux's own tie, and says its id.
UNTIED = """
import os, subprocess, sys, threading
argv = [sys.executable, "-m", "workers.run", "--under", str(os.getpid())]
print(subprocess.Popen(argv, stderr=open(sys.argv[1], "ab")).pid, flush=True)
threading.Event().wait()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Log:
    """What daemons say, as lines of JSON in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def events(self, name: str) -> list[dict[str, object]]:
        found = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
        return [each for each in found if each["event"] == name]

    def wait_for(self, name: str, count: int) -> None:
        give_up = Deadline()
        while len(self.events(name)) < count:
            give_up.check(self.path.read_text("utf-8"))


class Deadline:
    """Raise after a while, with what was said until then."""

    def __init__(self) -> None:
        self._timer = 0.0

    def check(self, said: str) -> None:
        select.select([], [], [], 0.1)
        self._timer += 0.1
        assert self._timer < PATIENCE, said


@contextmanager
def started(
    settings: Settings, argv: list[str], log: Log, **env: str
) -> Iterator[subprocess.Popen[str]]:
    environment = child_environment_of(settings) | {"CRIEUR_LOG_JSON": "true", **env}
    environment["CRIEUR_DATA_DIR"] = str(settings.data_dir)
    with log.path.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, *argv],
            env=environment,
            stderr=stderr,
            stdout=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    finally:
        children = children_of(process.pid)
        process.kill()
        process.communicate()
        for pid in children:
            end(pid)


def children_of(pid: int) -> set[int]:
    lists = [each.read_text("ascii") for each in Path(f"/proc/{pid}/task").glob("*/children")]
    return {int(child) for each in lists for child in each.split()}


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_gone(handle: int, log: Log) -> None:
    ready, _, _ = select.select([handle], [], [], PATIENCE)
    assert ready, log.path.read_text("utf-8")


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


def test_dramatiqs_own_command_works_too_and_ends_with_its_master(
    settings: Settings, runtime: Runtime, tmp_path: Path
) -> None:
    log = Log(tmp_path / "log")
    argv = ["-m", "dramatiq", "workers.main", "--skip-logging", "--processes", "1"]
    send_job(runtime.broker, SEND_EDITION, {"edition_id": 1})
    assert queue_length(runtime.broker, SEND_EDITION) == 1

    with started(settings, argv, log) as master:
        give_up = Deadline()
        while queue_length(runtime.broker, SEND_EDITION):
            give_up.check(log.path.read_text("utf-8"))
        handles = [os.pidfd_open(pid) for pid in children_of(master.pid)]
        master.kill()

        for handle in handles:
            wait_until_gone(handle, log)
            os.close(handle)
