"""Three schedulers, each a process, whose time is a parameter and which are killed at random."""

import os
import random
import select
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.faults.fork_server import ForkServer, fork_server

SCHEDULERS = 3
PATIENCE = 120.0
KILLED = 0.15
"""The share of the ticks in which a scheduler is killed somewhere."""
TYPICAL = 0.15
"""Seconds that a tick takes at first; it is measured from then on."""


@dataclass(slots=True)
class _Scheduler:
    pid: int
    told: socket.socket


class Schedulers:
    """Use as a context manager through `schedulers_of`."""

    def __init__(self, server: ForkServer, door: socket.socket, seed: int) -> None:
        self._server = server
        self._door = door
        self._dice = random.Random(seed)
        self._typical = TYPICAL
        self.kills = 0
        self.ticks = 0
        # How often a scheduler was killed before its tick was done.
        self.cut = 0
        self._all = [self._start() for _ in range(SCHEDULERS)]

    def tick(self, now: datetime) -> datetime:
        """Let some of them tick at about the same time, kill some; return when all was done.

        What one could not end is done by another one, some seconds later.
        """
        while True:
            chosen = self._dice.sample(range(SCHEDULERS), self._dice.choice((1, 1, 2, 3)))
            if self._round(now, chosen):
                return now
            now += timedelta(seconds=self._dice.randrange(1, 20))

    def close(self) -> None:
        """Talk to them no more."""
        for each in self._all:
            each.told.close()

    def _round(self, now: datetime, chosen: list[int]) -> bool:
        victims = [each for each in chosen if self._dice.random() < KILLED]
        began = time.monotonic()
        for each in chosen:
            # Their clocks are not quite the same.
            at = now + timedelta(milliseconds=self._dice.randrange(900))
            self._all[each].told.sendall(f"{at.isoformat()}\n".encode())
        done: set[int] = set()
        for each in victims:
            self._wait({each}, done, until=began + self._dice.random() * 1.2 * self._typical)
            os.kill(self._all[each].pid, signal.SIGKILL)
        survivors = set(chosen) - set(victims)
        self._wait(survivors, done, until=began + PATIENCE)
        assert survivors <= done, "a scheduler hangs"
        if survivors:
            self._typical += (time.monotonic() - began - self._typical) / 10
        self.ticks += len(chosen)
        for each in victims:
            self._replace(each)
            self.kills += 1
            self.cut += each not in done
        return bool(done)

    def _wait(self, which: set[int], done: set[int], *, until: float) -> None:
        """Read answers until all of these have come, or until an instant."""
        while which - done and (left := until - time.monotonic()) > 0:
            sockets = {self._all[each].told: each for each in which - done}
            for told in select.select(list(sockets), [], [], left)[0]:
                assert told.recv(64) == b"done\n", "a scheduler has died"
                done.add(sockets[told])

    def _replace(self, which: int) -> None:
        self._all[which].told.close()
        assert self._server.wait(self._all[which].pid) == -signal.SIGKILL
        self._all[which] = self._start()

    def _start(self) -> _Scheduler:
        pid = self._server.fork()
        told, _ = self._door.accept()
        return _Scheduler(pid, told)


@contextmanager
def schedulers_of(environment: Mapping[str, str], folder: Path, seed: int) -> Iterator[Schedulers]:
    """Have three schedulers of an installation, whose log is `schedulers.log` in the folder."""
    with (
        tempfile.TemporaryDirectory(prefix="crieur-year-") as short,
        (folder / "schedulers.log").open("ab") as log,
        socket.socket(socket.AF_UNIX) as door,
    ):
        path = f"{short}/door"
        door.bind(path)
        door.listen()
        door.settimeout(PATIENCE)
        with (
            fork_server(
                "tests.faults.year.scheduler_server", path, environment=environment, log=log
            ) as server,
            closing(Schedulers(server, door, seed)) as schedulers,
        ):
            yield schedulers
