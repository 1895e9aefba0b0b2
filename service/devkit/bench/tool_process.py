"""The bench's own tools as processes of their own, spoken to in lines of JSON."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

from service.config import child_environment
from service.kit.errors import Unavailable

PATIENCE = 10.0


class ToolProcess:
    """A module of this package that runs beside us; it ends when its input is closed."""

    def __init__(self, name: str, arguments: Sequence[str] = ()) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603  Our own interpreter and module.
            [sys.executable, "-m", f"service.devkit.bench.{name}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment(),
            text=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise Unavailable(f"The bench's {name} was started without pipes.")
        self._input, self._output = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def hear(self) -> dict[str, Any]:
        """Return the next line that it says; raise Unavailable when it has ended."""
        line = self._output.readline()
        if not line:
            raise Unavailable(f"The bench's {self.name} ended early: see its words above.")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, word: str) -> dict[str, Any]:
        """Say a word and return the answer."""
        try:
            self._input.write(word + "\n")
            self._input.flush()
        except OSError as error:
            raise Unavailable(f"The bench's {self.name} has ended.") from error
        return self.hear()

    def close(self) -> None:
        """Let it end, and end it when it does not."""
        # Closing writes what a tool that has died did not take.
        with suppress(OSError):
            self._input.close()
        self._output.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
