"""Postfix's own load generator on the same sink, where it is installed.

`smtp-source` is written in C, says the simplest dialogue there is and keeps nothing. It works
without a Postfix that runs, also from an unpacked package whose libraries lie beside it.
"""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from service.config import child_environment
from service.devkit.bench.sink import HOST
from service.kit.errors import Unavailable

PROGRAM = "smtp-source"
PLACES = "/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSourceResult:
    """How long it took, and the CPU seconds of the program."""

    seconds: float
    cpu: float


def find_program(named: Path | None) -> Path | None:
    """Return the program that is named, or the one in PATH; None when there is none.

    Raises:
        Unavailable: the one that is named is not there.
    """
    if named is None:
        found = shutil.which(PROGRAM) or shutil.which(PROGRAM, path=PLACES)
        return Path(found) if found else None
    if not named.is_file():
        raise Unavailable(f"There is no program {named}: name smtp-source of Postfix, or nothing.")
    return named


def run_smtp_source(
    program: Path, port: int, *, connections: int, mails: int, size: int
) -> SmtpSourceResult:
    """Send `mails` messages with `size` bytes of text on connections that last."""
    command = [
        *(str(program), "-d", "-s", str(connections), "-l", str(size), "-m", str(mails)),
        *("-f", "b@bounces.bench.example.org", "-t", "r@example.org", f"{HOST}:{port}"),
    ]
    before, began = os.times(), time.monotonic()
    done = subprocess.run(  # noqa: S603  The operator named it, or PATH did.
        command, env=_environment(program), capture_output=True, text=True, check=False
    )
    seconds, after = time.monotonic() - began, os.times()
    if done.returncode != 0:
        raise Unavailable(f"{program} failed: {done.stderr.strip() or done.returncode}")
    cpu = after.children_user + after.children_system
    return SmtpSourceResult(
        seconds=seconds, cpu=cpu - before.children_user - before.children_system
    )


def _environment(program: Path) -> dict[str, str]:
    """An unpacked package's libraries are not where its program looks for them."""
    libraries = program.resolve().parent.parent / "lib" / "postfix"
    return child_environment(**({"LD_LIBRARY_PATH": str(libraries)} if libraries.is_dir() else {}))
