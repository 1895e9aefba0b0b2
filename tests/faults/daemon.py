"""One daemon as a real process that a test may kill, freeze, and start again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from service.devkit.processes import TIE
from tests.rules.code import ROOT

LOG_TAIL = 6_000
STOPPED = frozenset("TZX")
"""Stopped, or dead and not waited for yet."""


class Daemon:
    """A command in a process group of its own; it ends with the test that started it."""

    def __init__(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.log = folder / f"{name}.log"
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that was started; it leads its group."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; its words are appended to its log."""
        assert not self.runs
        tied = [sys.executable, "-I", "-S", "-c", TIE, str(os.getpid()), *self.argv]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                tied,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def kill(self) -> None:
        """Kill -9, with everything that it has started. Harmless when it has ended."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        """Stop it in its tracks: when this returns, none of its threads does anything any more."""
        self._signal(signal.SIGSTOP)
        deadline = time.monotonic() + 10
        while not self._is_still():
            assert time.monotonic() < deadline, f"{self.name} does not stop"
            time.sleep(0.001)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def ask_to_drain(self) -> None:
        """Ask it to end as a supervisor does."""
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, *, patience: float = 40) -> int:
        """Wait for its end; return its exit code."""
        assert self._process is not None
        return self._process.wait(patience)

    def drain(self, *, patience: float = 40) -> int:
        """Ask it to end and wait; return its exit code."""
        self.ask_to_drain()
        return self.wait(patience=patience)

    def tail(self) -> str:
        """What it said last."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return f"--- {self.name}\n{text[-LOG_TAIL:]}"

    def _is_still(self) -> bool:
        """Tell whether every thread of its group is stopped, from Linux's /proc."""
        for stat in Path("/proc").glob("[0-9]*/task/[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self.pid and state not in STOPPED:
                    return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        # The group's number stays its own until its leader has been waited for.
        assert self._process is not None
        if self._process.returncode is None:
            os.killpg(self.pid, number)
