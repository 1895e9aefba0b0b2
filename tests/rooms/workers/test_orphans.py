"""A process of dramatiq's own command ends with its master."""

import os
import sys
import threading
from pathlib import Path

import dramatiq
import pytest

from service.boot import Runtime
from service.config import Settings
from service.jobs.broker import queue_length, send_job
from service.jobs.catalogue import SEND_EDITION
from tests.rooms.workers.daemons import Deadline, Log, children_of, started, wait_until_gone
from workers.orphans import DrainWhenOrphaned

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


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


def test_a_process_that_was_not_started_by_a_master_watches_nobody() -> None:
    """Its parent is a shell or a supervisor, which may end without wanting it to."""
    before = threading.active_count()

    DrainWhenOrphaned().after_process_boot(dramatiq.get_broker())

    assert threading.active_count() == before
