"""A fake server leaves nothing open that a later test would be blamed for."""

import gc
import socket
import threading

import pytest

from tests.fakes.relay import Relay


@pytest.mark.parametrize("stays", [True, False])
def test_who_comes_while_it_closes_is_hung_up_on(stays: bool) -> None:
    go_on = threading.Event()
    with Relay() as relay:
        # Its loop stands still until it is asked to close: it finds out about both at once.
        relay._loop.call_soon_threadsafe(go_on.wait)
        visitors = [socket.create_connection(("127.0.0.1", relay.port)) for _ in range(3)]
        if not stays:
            for visitor in visitors:
                visitor.close()
        threading.Timer(0.05, go_on.set).start()
    # Whatever it has left open is warned of here, and such a warning is an error.
    del relay
    gc.collect()

    if stays:
        for visitor in visitors:
            visitor.settimeout(30)
            _read_to_the_end(visitor)
            visitor.close()


def _read_to_the_end(visitor: socket.socket) -> None:
    try:
        while visitor.recv(100):
            pass
    except ConnectionResetError:
        return
