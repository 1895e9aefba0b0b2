"""Finds ports on this machine that nobody uses, and waits until somebody does."""

import contextlib
import socket
import time

from service.kit.errors import Unavailable

HOST = "127.0.0.1"


def free_port(preferred: int, *, taken: frozenset[int] = frozenset()) -> int:
    """The preferred port, or the next one that nobody listens on and that is not `taken`."""
    for port in range(preferred, min(preferred + 200, 65536)):
        if port not in taken and not _is_used(port):
            return port
    message = f"No port from {preferred} to {preferred + 199} is free on {HOST}."
    raise Unavailable(message)


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
