"""Where embedded servers keep their files and sockets, and which account owns them.

PostgreSQL refuses to run as root, so root's servers run as `nobody` in folders that only they
and root may enter. Everything that root itself reads and trusts (locks, logs, configuration,
the record of the socket folder) lies in folders that `nobody` cannot write to.
"""

import os
import pwd
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.devkit.embedded_binaries import Binaries, find
from service.kit.errors import OperationRefused, Unavailable

# sun_path holds 108 bytes with its final NUL on Linux and 104 on macOS; PostgreSQL's socket
# is the longest name that we put in the folder, and its lock file stands beside it.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccount:
    """The system account the servers run as."""

    uid: int
    gid: int
    ours: str
    """The name of the account that runs Crieur, which `peer` authentication lets in."""

    @property
    def switched(self) -> bool:
        """True when we are root and the servers are not."""
        return self.uid != os.getuid()

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to start a process as this account."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFolders:
    """One set of servers: its folders, its account, its binaries."""

    data_dir: Path
    sockets: Path
    account: ServerAccount
    binaries: Binaries

    def lock(self, name: str) -> Path:
        """The lock file of this name; only we may open it."""
        return self.data_dir / "locks" / f"{name}.lock"

    def log(self, name: str) -> Path:
        """The log of the server of this name."""
        return self.data_dir / "logs" / f"{name}.log"


def prepare_folders(data_dir: Path) -> ServerFolders:
    """Make the folders of `data_dir` ready, or say in a sentence why that cannot be."""
    account = _account()
    try:
        data_dir = _own_folder(data_dir, account)
        binaries = find(copy_to=_caches(data_dir) if account.switched else ())
        for name in ("locks", "logs"):
            (data_dir / name).mkdir(mode=0o700, exist_ok=True)
        sockets = _socket_folder(data_dir, account)
    except OSError as error:
        message = f"Crieur cannot use the data folder {data_dir}: {error.strerror or error}."
        raise Unavailable(message) from error
    return ServerFolders(data_dir=data_dir, sockets=sockets, account=account, binaries=binaries)


def give_folder(path: Path, account: ServerAccount) -> None:
    """Make a folder that only the servers' account (and root) may enter."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account.switched:
        os.chown(path, account.uid, account.gid)


def _account() -> ServerAccount:
    uid = os.getuid()
    try:
        ours = pwd.getpwuid(uid).pw_name
        servers = pwd.getpwnam("nobody") if uid == 0 else pwd.getpwuid(uid)
    except KeyError as error:
        message = (
            "PostgreSQL needs a system account with a name to run as (for root: `nobody`), "
            f"and user number {uid} has none here. Add one, or set CRIEUR_DATABASE_URL and "
            "CRIEUR_REDIS_URL to servers of your own."
        )
        raise Unavailable(message) from error
    return ServerAccount(uid=servers.pw_uid, gid=servers.pw_gid, ours=ours)


def _own_folder(data_dir: Path, account: ServerAccount) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    if data_dir.stat().st_uid != os.getuid():
        message = f"The data folder {data_dir} belongs to another user; choose one of your own."
        raise OperationRefused(message)
    data_dir.chmod(0o711 if account.switched else 0o700)
    if account.switched and not _can_enter(data_dir, account):
        message = (
            f"PostgreSQL does not run as root, and its account `nobody` may not enter {data_dir}. "
            "Choose a data folder outside private folders, for example /var/lib/crieur."
        )
        raise OperationRefused(message)
    return data_dir


def _can_enter(folder: Path, account: ServerAccount) -> bool:
    # Only the kernel knows every rule (modes, ACLs, mount options), so it is asked.
    command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    options = account.popen_options()
    try:
        done = subprocess.run(command, check=False, capture_output=True, cwd="/", **options)  # noqa: S603 -- a fixed command.
    except PermissionError as error:
        message = (
            "Crieur runs as root without the right to become `nobody`, which PostgreSQL needs. "
            "Run it as an ordinary user."
        )
        raise Unavailable(message) from error
    return done.returncode == 0


def _caches(data_dir: Path) -> tuple[Path, ...]:
    return (Path("/var/cache/crieur"), data_dir / "servers")


def _socket_folder(data_dir: Path, account: ServerAccount) -> Path:
    near = data_dir / "run"
    if len(os.fsencode(near)) <= LONGEST_SOCKET_FOLDER:
        give_folder(near, account)
        return near
    # A deep data folder: the sockets go to a random folder under /tmp, and the data folder,
    # which only we can write to, remembers which. A stranger cannot make it before us.
    record = data_dir / "sockets"
    if record.exists():
        known = Path(record.read_text(encoding="utf-8"))
        if _is_private(known, account):
            return known
    fresh = Path(tempfile.mkdtemp(prefix="crieur-", dir="/tmp"))
    give_folder(fresh, account)
    draft = record.with_suffix(".new")
    draft.write_text(str(fresh), encoding="utf-8")
    draft.rename(record)
    return fresh


def _is_private(folder: Path, account: ServerAccount) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_IMODE(found.st_mode) & 0o077 == 0
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and private
