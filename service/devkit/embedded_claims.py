"""Data folders that one living process has to itself: a demo's, or a temporary one.

A claim is a lock, so a folder whose owner was killed is free again. A temporary folder that was
left that way still has its servers; the next one to make a temporary folder tidies it away.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from service.devkit.embedded import Embedded
from service.devkit.embedded_folders import prepare_folders
from service.devkit.embedded_locks import FileLock
from service.kit.errors import CrieurError, Unavailable
from service.kit.log import get_logger

log = get_logger(__name__)

# TMPDIR may be root's own, or too deep for a socket.
TEMPORARY = Path("/tmp")  # noqa: S108 -- folders are made by mkdtemp, and strangers' are left alone.
PREFIX = "crieur-temporary-"


class DataFolderClaim:
    """A data folder that no other live demo uses."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self.lock = lock

    def release(self) -> None:
        """Let another demo have it."""
        self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def free_data_dir(base: Path, name: str = "demo") -> DataFolderClaim:
    """Claim `<base>/demo`, or `demo-2` and so on while a live demo holds the earlier ones."""
    for number in range(1, 100):
        path = base / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path / "claim.lock")
        except OSError as error:
            message = f"Crieur cannot use the data folder {path}: {error.strerror or error}."
            raise Unavailable(message) from error
        if lock.try_exclusive():
            return DataFolderClaim(path, lock)
        lock.close()
    message = f"A hundred demos are running in {base}; end some of them."
    raise Unavailable(message)


@contextmanager
def temporary_data_dir(parent: Path = TEMPORARY) -> Iterator[Path]:
    """A data folder that is gone afterwards, servers included, even when this process is killed.

    After a kill the next caller does the tidying.
    """
    _tidy_left(parent)
    with _claim_fresh(parent) as claim:
        try:
            yield claim.path
        finally:
            _tidy(claim.path)


def _claim_fresh(parent: Path) -> DataFolderClaim:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        if os.getuid() == 0:
            path.chmod(
                0o711
            )  # Root's servers run as `nobody`, who must get to their folders in it.
        lock = FileLock(path / "claim.lock")
        if lock.try_exclusive():
            return DataFolderClaim(path, lock)
        lock.close()  # Another process took the unclaimed folder for a left one.


def _tidy_left(parent: Path) -> None:
    for path in parent.glob(f"{PREFIX}*"):
        try:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                continue
            lock = FileLock(path / "claim.lock", create=False)
        except OSError:
            continue  # Being made or removed just now.
        try:
            if lock.try_exclusive():
                _tidy(path)
                log.info("embedded.tidied")
        finally:
            lock.close()


def _tidy(path: Path) -> None:
    try:
        if (path / "locks").is_dir():
            Embedded(prepare_folders(path), durable=False).end()
    except CrieurError as error:
        log.warning("embedded.stop_failed", reason=str(error))
    shutil.rmtree(path, ignore_errors=True)
