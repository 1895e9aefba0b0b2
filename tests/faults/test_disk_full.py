"""The database's disk fills up in the middle of a send, and an operator makes room.

PostgreSQL answers nothing while it is full, and may stop. Nothing that was committed goes; what
could not be written is sent again, as after a crash.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.kit.errors import Unavailable
from tests.faults.conftest import MakeStack
from tests.faults.stack import TIMEOUT, Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

DISK_MB = 400
FULL_SECONDS = 4.0


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own in memory."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk to fill")
    disk = Path(tempfile.mkdtemp(prefix="crieur-disk-", dir="/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "tmpfs", str(disk)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        disk.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
    disk.rmdir()


def test_a_full_disk_stops_the_send_and_costs_nobody_their_mail(
    small_disk: Path, make_stack: MakeStack, mails: int
) -> None:
    # More do not fit on the small disk, even when it is not full.
    count = min(mails, 20_000)
    stack = make_stack(data_dir=small_disk / "data")
    issue = stack.an_issue(count)
    stack.last_for(issue, 8)
    scheduler, worker = stack.scheduler(), stack.worker()
    stack.sink.wait(lambda sink: sink.kept > count / 4)
    booked = stack.books(issue).accepted

    filler = small_disk / "filler"
    _fill(filler)
    stack.pause(FULL_SECONDS)
    stake = stack.sink.kept - booked + stack.connections
    filler.unlink()
    stack.wait(lambda: _revived(stack))
    stack.wait_until_finished(issue)

    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": count}, verdict
    assert verdict.duplicates <= stake, (stake, verdict)
    assert scheduler.runs
    assert worker.runs


def _fill(path: Path) -> None:
    """Take what is left of the disk."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def _revived(stack: Stack) -> bool:
    try:
        stack.servers.revive()
    except Unavailable:
        return False
    return True
