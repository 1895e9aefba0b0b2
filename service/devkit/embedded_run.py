"""Brings one server up or down, whatever state it was left in.

A server is started through a shell that exits immediately, in a session of its own: it has no
parent of ours, a terminal's Ctrl-C never reaches it, and it outlives a Crieur process that is
killed.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from service.devkit.embedded_folders import ServerFolders
from service.devkit.embedded_locks import FileLock, is_held
from service.kit.errors import Unavailable
from service.kit.log import get_logger

log = get_logger(__name__)

START_PATIENCE = 60.0
STOP_PATIENCE = 30.0
MUTE_PATIENCE = 10.0
ASK_PATIENCE = 3.0
LARGEST_LOG = 5_000_000


class EmbeddedServer(Protocol):
    """What this module asks of PostgreSQL and of Valkey."""

    @property
    def name(self) -> str:
        """Its name in locks, logs and sentences."""

    @property
    def folder(self) -> Path:
        """Its data, and its working directory while it runs."""

    @property
    def pid_file(self) -> Path:
        """Where it writes its process id; believed only after a look at the process."""

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal for a quick and clean stop."""

    def command(self) -> Sequence[str]:
        """Prepare what it needs and give the command that runs it in the foreground."""

    def answers(self) -> bool:
        """Whether it takes work over its socket."""

    def sweep(self) -> None:
        """Remove what a killed server left; called only when no process of it is alive."""

    def ask_to_stop(self) -> bool:
        """Stop it over its own socket; False when it has no such way or does not listen."""


def begin_start(server: EmbeddedServer, place: ServerFolders) -> int:
    """Start the server unless it runs; give the place in its log where this start begins."""
    if _adopt(server, place):
        return 0
    server.sweep()
    path = place.log(server.name)
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.rename(path.with_suffix(".log.1"))
    log_start = path.stat().st_size if path.exists() else 0
    command = server.command()
    lock = FileLock(place.lock(server.name))
    try:
        if not lock.try_exclusive():
            message = f"{server.name} is being started by something else; try again."
            raise Unavailable(message)
        _detach(command, path, lock.fd, place)
    finally:
        lock.close()
    log.info("embedded.started", server=server.name)
    return log_start


def wait_ready(
    server: EmbeddedServer,
    place: ServerFolders,
    *,
    log_start: int,
    patience: float = START_PATIENCE,
) -> None:
    """Return when the server takes work.

    Raises:
        Unavailable: it has ended, or takes none after `patience` seconds; with what its log says.
    """
    give_up = time.monotonic() + patience
    while not server.answers():
        died = not is_held(place.lock(server.name))
        if died or time.monotonic() > give_up:
            said = last_lines(place.log(server.name), since=log_start)
            what = "stopped while starting" if died else "was not ready in time"
            message = (
                f"The embedded {server.name} {what}. Its log {place.log(server.name)} ends:\n{said}"
            )
            raise Unavailable(message)
        time.sleep(0.02)


def stop(server: EmbeddedServer, place: ServerFolders) -> None:
    """Stop the server and wait until its last process is gone."""
    lock = place.lock(server.name)
    if not is_held(lock):
        return
    if _ask_to_stop(server, lock) and not _gone(lock, STOP_PATIENCE):
        _signal_own(server, signal.SIGQUIT)
        _gone(lock, ASK_PATIENCE)
    if is_held(lock):
        log.warning("embedded.stop_failed", server=server.name)
    else:
        log.info("embedded.stopped", server=server.name)


def _ask_to_stop(server: EmbeddedServer, lock: Path) -> bool:
    """Whether the signal was sent. One that is just starting may need a moment to hear it."""
    give_up = time.monotonic() + ASK_PATIENCE
    while is_held(lock) and time.monotonic() < give_up:
        if server.ask_to_stop() or _signal_own(server, server.stop_signal):
            return True
        time.sleep(0.02)
    return False


def last_lines(path: Path, *, since: int = 0, count: int = 12) -> str:
    """The end of a log, for a sentence to a person."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - 4000))
            text = file.read().decode(errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(text.strip().splitlines()[-count:]) or "(nothing)"


def _adopt(server: EmbeddedServer, place: ServerFolders) -> bool:
    """Whether the server is there already. One that is deaf to its socket is stopped."""
    lock = place.lock(server.name)
    give_up = time.monotonic() + MUTE_PATIENCE
    while is_held(lock):
        if server.answers():
            log.info("embedded.adopted", server=server.name)
            return True
        if time.monotonic() > give_up:
            # Its sockets may have been cleaned away from /tmp, or it hangs.
            stop(server, place)
            break
        time.sleep(0.05)
    return False


def _detach(command: Sequence[str], output: Path, lock_fd: int, place: ServerFolders) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    out = os.open(output, flags, 0o600)
    try:
        subprocess.run(  # noqa: S603 -- our own server's command.
            ["/bin/sh", "-c", 'exec "$@" &', "sh", *command],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=(lock_fd,),
            start_new_session=True,
            umask=0o077,
            **place.account.popen_options(),
        )
    finally:
        os.close(out)


# Nothing of ours reaches the servers: PGDATA and its family would change what they do.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}


def _gone(lock: Path, patience: float) -> bool:
    give_up = time.monotonic() + patience
    while is_held(lock):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def _signal_own(server: EmbeddedServer, number: signal.Signals) -> bool:
    """Signal the process in the pid file only if it is our server at work in our folder."""
    try:
        pid = int(server.pid_file.read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return False
    if pid <= 1:
        return False
    try:
        if hasattr(os, "pidfd_open"):
            return _signal_verified(server, pid, number)
        if not server.answers():
            return False
        os.kill(pid, number)
    except OSError:
        return False
    return True


def _signal_verified(server: EmbeddedServer, pid: int, number: signal.Signals) -> bool:
    # The pidfd names this very process: it cannot become another between look and signal.
    handle = os.pidfd_open(pid)
    try:
        if not _is_own(server, pid):
            return False
        signal.pidfd_send_signal(handle, number)
    finally:
        os.close(handle)
    return True


def _is_own(server: EmbeddedServer, pid: int) -> bool:
    process = Path("/proc") / str(pid)
    program = (process / "exe").readlink().name.removesuffix(" (deleted)")
    # Both servers work in their data folder, so their working directory tells which one it is.
    folder = (process / "cwd").readlink()
    return program.removesuffix("-server") == server.name and folder == server.folder
