"""Daemons in processes of their own, and what they say."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.cli.daemons import child_environment_of
from service.config import Settings

PATIENCE = 60.0


class Log:
    """What daemons say, as lines of JSON in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def events(self, name: str) -> list[dict[str, object]]:
        found = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
        return [each for each in found if each["event"] == name]

    def wait_for(self, name: str, count: int) -> None:
        give_up = Deadline()
        while len(self.events(name)) < count:
            give_up.check(self.path.read_text("utf-8"))


class Deadline:
    """Raise after a while, with what was said until then."""

    def __init__(self) -> None:
        self._timer = 0.0

    def check(self, said: str) -> None:
        select.select([], [], [], 0.1)
        self._timer += 0.1
        assert self._timer < PATIENCE, said


@contextmanager
def started(
    settings: Settings, argv: list[str], log: Log, **env: str
) -> Iterator[subprocess.Popen[str]]:
    environment = child_environment_of(settings) | {"CRIEUR_LOG_JSON": "true", **env}
    environment["CRIEUR_DATA_DIR"] = str(settings.data_dir)
    with log.path.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, *argv],
            env=environment,
            stderr=stderr,
            stdout=subprocess.PIPE,
            text=True,
        )
    try:
        yield process
    finally:
        children = children_of(process.pid)
        process.kill()
        process.communicate()
        for pid in children:
            end(pid)


def children_of(pid: int) -> set[int]:
    lists = [each.read_text("ascii") for each in Path(f"/proc/{pid}/task").glob("*/children")]
    return {int(child) for each in lists for child in each.split()}


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_gone(handle: int, log: Log) -> None:
    ready, _, _ = select.select([handle], [], [], PATIENCE)
    assert ready, log.path.read_text("utf-8")
