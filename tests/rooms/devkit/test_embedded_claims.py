"""Data folders that belong to one living process."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from service.devkit import embedded
from service.devkit.embedded_claims import free_data_dir, temporary_data_dir
from service.devkit.embedded_locks import is_held

KILLED_AT_WORK = """
import os, signal
from pathlib import Path
from service.devkit import embedded
from service.devkit import embedded
from service.devkit.embedded_claims import temporary_data_dir
with temporary_data_dir(Path({parent!r})) as path:
    embedded.start(path, durable=False)
    print(path, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_demos_side_by_side_get_folders_of_their_own(data_dir: Path) -> None:
    with free_data_dir(data_dir) as first, free_data_dir(data_dir) as second:
        names = [first.path.name, second.path.name]
    with free_data_dir(data_dir) as again:
        name_again = again.path.name

    assert names == ["demo", "demo-2"]
    assert name_again == "demo"


def test_servers_go_with_their_temporary_folder_even_when_nobody_stopped_them() -> None:
    with temporary_data_dir() as path:
        embedded.start(path, durable=False)
        handles = [
            os.pidfd_open(int((path / name).read_text().split()[0]))
            for name in ("postgres/postmaster.pid", "valkey/valkey.pid")
        ]

    assert all(_has_ended(handle) for handle in handles)
    assert not path.exists()


def test_what_a_killed_process_left_is_tidied_by_the_next(data_dir: Path) -> None:
    script = KILLED_AT_WORK.format(parent=str(data_dir))
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    left = Path(done.stdout.splitlines()[-1])
    running = is_held(left / "locks" / "postgres.lock")
    postmaster = int((left / "postgres" / "postmaster.pid").read_text().split()[0])
    handle = os.pidfd_open(postmaster)

    with temporary_data_dir(data_dir):
        gone = not left.exists()

    assert done.returncode == -signal.SIGKILL
    assert running
    assert gone
    assert _has_ended(handle)


def _has_ended(handle: int) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    ended = bool(poll.poll(30_000))
    os.close(handle)
    return ended
