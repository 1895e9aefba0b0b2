"""Finds ports on this machine that are free, and waits until a server listens."""

import contextlib
import socket
import sys
import time
from typing import Self

from service.kit.errors import Unavailable

HOST = "127.0.0.1"


def free_port(preferred: int, *, taken: frozenset[int] = frozenset()) -> int:
    """The preferred port, or the next one on which no server listens and that is not `taken`."""
    for port in range(preferred, min(preferred + 200, 65536)):
        if port not in taken and not _is_used(port):
            return port
    message = f"No port from {preferred} to {preferred + 199} is free on {HOST}."
    raise Unavailable(message)


class PortClaims:
    """Ports kept for daemons that will listen on them in a moment.

    Two demonstrations that start together would both find the same ports free. A claim is a name in
    Linux's abstract socket namespace, which one process on the machine can hold, under any account,
    and which ends with it. Elsewhere nothing is held, and the daemon that comes second says so.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []
        self._taken: set[int] = set()

    def claim(self, preferred: int) -> int:
        """The preferred port, or the next one that is free and that no process has claimed."""
        while True:
            port = free_port(preferred, taken=frozenset(self._taken))
            self._taken.add(port)
            if self._hold(port):
                return port

    def release(self) -> None:
        """Let others have them. Harmless when repeated."""
        for held in self._held:
            held.close()
        self._held.clear()

    def _hold(self, port: int) -> bool:
        if not sys.platform.startswith("linux"):
            return True
        name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            name.bind(f"\0crieur-port-{port}")
        except OSError:
            name.close()
            return False
        self._held.append(name)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def wait_for_port(port: int, *, patience: float) -> bool:
    """Whether something listens on the port before patience ends."""
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return True
        time.sleep(0.05)
    return False


def _is_used(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port that was closed a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
