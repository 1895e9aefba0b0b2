"""Locks that hold between processes, and that nobody has to clean up."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.devkit.embedded_locks import FileLock, exclusive, is_held
from service.kit.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.lock"


def test_many_share_a_lock_and_only_the_last_gets_it_alone(path: Path) -> None:
    """Whoever gets it alone stops the servers: too early, and the others lose their database."""
    first, second = FileLock(path), FileLock(path)

    shared = (first.try_shared(), second.try_shared())
    too_early = first.try_exclusive()
    second.close()
    last = first.try_exclusive()
    first.close()

    assert shared == (True, True)
    assert (too_early, last) == (False, True)


def test_nobody_joins_a_lock_that_is_held_alone(path: Path) -> None:
    """While servers are stopped, a newcomer must not believe that they run."""
    alone, late = FileLock(path), FileLock(path)

    assert alone.try_exclusive()
    assert not late.try_shared()
    alone.close()
    assert late.try_shared()
    late.close()


def test_a_lock_stays_held_while_a_process_has_inherited_it(path: Path) -> None:
    """That is how a server is known to live when the Crieur that started it was killed."""
    lock = FileLock(path)
    assert lock.try_exclusive()
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(lock.fd,)) as server:
        lock.close()
        while_it_lives = is_held(path)
        server.communicate(b"\n")

    assert while_it_lives
    assert not is_held(path)


def test_looking_at_a_lock_takes_nothing(path: Path) -> None:
    """A look is asked for in a loop; if it held the lock, the owner could not get it."""
    assert not is_held(path)

    lock = FileLock(path)
    assert lock.try_exclusive()
    lock.close()


def test_closing_twice_closes_nothing_else(path: Path) -> None:
    """The number of a closed file is soon another's: closing that one too would be hard to find."""
    lock = FileLock(path)
    lock.close()
    with path.open("rb") as other:
        lock.close()

        assert other.read() == b""


def test_a_link_in_place_of_a_lock_is_not_followed(path: Path, tmp_path: Path) -> None:
    """As root, a lock's file would be created wherever a planted link points to."""
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic links"):
        FileLock(path)

    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_that_is_only_looked_for_is_not_made(path: Path) -> None:
    """Folders without one were not made by Crieur, and must not be taken for a left one."""
    with pytest.raises(FileNotFoundError):
        FileLock(path, create=False)


def test_a_turn_that_does_not_come_is_told_after_the_patience(path: Path) -> None:
    """A process that hangs while it starts servers must not make all others hang in silence."""
    with (
        exclusive(path, patience=0),
        pytest.raises(Unavailable, match="starting or stopping the embedded servers"),
        exclusive(path, patience=0),
    ):
        pass

    with exclusive(path, patience=0):
        assert is_held(path)
    assert not is_held(path)
