"""Ports of 127.0.0.1 that are free and stay so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def a_free_port() -> Iterator[int]:
    """Give a port at which nobody listens, and which nobody else is given.

    It is bound all the while: one that is only looked up and let go again may be given to any
    connection of the tests beside. A server that is told this port, and sets SO_REUSEADDR as
    servers do, may listen on it.
    """
    with socket.socket() as claim:
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        claim.bind(("127.0.0.1", 0))
        yield claim.getsockname()[1]
