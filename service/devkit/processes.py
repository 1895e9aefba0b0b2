"""Runs several commands together: the supervisor behind `crieur up` and `crieur demo`.

Each command has a process group of its own, so a terminal's Ctrl-C reaches only this process,
which then asks every command to drain. One thread starts and watches them all, and lives as
long as they do: Linux ties the "my parent died" signal to the thread that forked.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, Self, TextIO

from service.kit.errors import CrieurError
from service.kit.log import get_logger

log = get_logger(__name__)

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
SETTLED_AFTER = 30.0
LOOK_EVERY = 0.2
TEND_EVERY = 3.0

# Asks for SIGTERM when the parent dies, then becomes the command. The parent may have died
# before it could ask, so it looks once more.
TIE = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(0)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonCommand:
    """A daemon to keep running; `argv[0]` is an absolute path."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


@dataclass(slots=True)
class _Daemon:
    command: DaemonCommand
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    delay: float = FIRST_DELAY
    deaths: int = 0
    reader: threading.Thread | None = field(default=None, repr=False)


class Supervisor:
    """Keeps commands running until it is stopped."""

    def __init__(
        self,
        commands: Sequence[DaemonCommand],
        *,
        out: TextIO | None,
        grace: float = 30.0,
        tend: Callable[[], None] | None = None,
    ) -> None:
        """Their lines go to `out` with a name before each, or as they are to our own stderr.

        `tend` is called every few seconds, to look after what the commands stand on.
        """
        self._daemons = [_Daemon(command) for command in commands]
        self._out = out
        self._out_lock = threading.Lock()
        self._grace = grace
        self._tend = tend
        self._tend_at = 0.0
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor")

    def start(self) -> None:
        """Start every command, in order."""
        self._thread.start()

    def stop(self) -> None:
        """Ask every command to end, wait, kill what is left after the grace. Repeatable."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_until_stopped(self) -> None:
        """Start, keep running until SIGINT, SIGTERM or SIGHUP, then stop; a second one kills."""
        asked_by = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # SIGHUP: the terminal is gone.
        before = {number: signal.signal(number, self._on_signal) for number in asked_by}
        try:
            with self:
                while not self._stopping.wait(1.0):
                    pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def deaths(self) -> int:
        """How often a command has ended without being asked to."""
        return sum(daemon.deaths for daemon in self._daemons)

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the commands that run now, by name."""
        running = [(each.command.name, each.process) for each in self._daemons]
        return {name: process.pid for name, process in running if process is not None}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            for daemon in self._daemons:
                self._look_after(daemon)
            self._look_below()
            self._stopping.wait(LOOK_EVERY)
        self._end_all()

    def _look_after(self, daemon: _Daemon) -> None:
        now = time.monotonic()
        if daemon.process is None:
            if now >= daemon.start_at:
                self._launch(daemon, now)
        elif _has_ended(daemon.process):
            code = _reap(daemon.process)
            daemon.process = None
            daemon.deaths += 1
            if now - daemon.started_at > SETTLED_AFTER:
                daemon.delay = FIRST_DELAY
            log.warning("daemon.died", daemon=daemon.command.name, code=code, again_in=daemon.delay)
            daemon.start_at = now + daemon.delay
            daemon.delay = min(daemon.delay * 2, LONGEST_DELAY)

    def _launch(self, daemon: _Daemon, now: float) -> None:
        command = daemon.command
        process = subprocess.Popen(  # noqa: S603 -- our own commands.
            _tied(command.argv),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if self._out is None else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=command.env,
            process_group=0,
        )
        daemon.process, daemon.started_at = process, now
        if process.stdout is None or self._out is None:
            return
        daemon.reader = threading.Thread(
            target=self._forward, args=(command.name, process.stdout, self._out), daemon=True
        )
        daemon.reader.start()

    def _forward(self, name: str, lines: IO[bytes], out: TextIO) -> None:
        with lines:
            for line in lines:
                text = line.decode(errors="replace").rstrip("\n")
                # A closed terminal must not stop the reading: the daemon would block on its log.
                with self._out_lock, suppress(OSError, ValueError):
                    out.write(f"{name:<10} | {text}\n")
                    out.flush()

    def _look_below(self) -> None:
        now = time.monotonic()
        if self._tend is None or now < self._tend_at:
            return
        self._tend_at = now + TEND_EVERY
        try:
            self._tend()
        except CrieurError as error:
            log.warning("daemon.tending_failed", reason=str(error))

    def _end_all(self) -> None:
        running = [daemon.process for daemon in self._daemons if daemon.process is not None]
        for process in reversed(running):
            # Not `terminate`, which may reap it: its group's number would be free too early.
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
        give_up = time.monotonic() + self._grace
        while running and time.monotonic() < give_up and not self._hurry.is_set():
            running = [process for process in running if not _has_ended(process)]
            self._hurry.wait(0.05)
        for daemon in self._daemons:
            if daemon.process is not None:
                _reap(daemon.process)
                daemon.process = None
            if daemon.reader is not None:
                daemon.reader.join(timeout=1)


def _tied(argv: Sequence[str]) -> list[str]:
    if sys.platform != "linux":
        return list(argv)
    return [sys.executable, "-I", "-S", "-c", TIE, str(os.getpid()), *argv]


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, without reaping it, so that its group's number stays its own."""
    found = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return found is not None


def _reap(process: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the group while its number cannot be another's, then reap."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
