"""Commands in processes of their own, on a test's servers, as an operator's shell starts them."""

import subprocess
import sys
from dataclasses import dataclass, field

PATIENCE = 60
"""Seconds in which a command ends, on a busy machine, too."""


@dataclass
class Shell:
    """Runs `crieur` with the words that follow, on this test's servers."""

    environment: dict[str, str]
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            _command(words), env=self.environment, capture_output=True, text=True, check=False
        )

    def start(self, *words: str, terminal: int | None = None) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            _command(words),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )
        self.started.append(process)
        return process


def _command(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "service", *words]
