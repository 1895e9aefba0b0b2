"""Doors that daemons listen at."""

import socket

import pytest

from service.kit.errors import Misconfigured
from service.kit.listen import open_sockets


def test_a_door_takes_visitors() -> None:
    (door,) = open_sockets("127.0.0.1:0", setting="CRIEUR_LISTEN")

    with door, socket.create_connection(door.getsockname()) as visitor:
        assert visitor.getpeername() == door.getsockname()


@pytest.mark.parametrize(
    "listen", ["203.0.113.7:8080", "no-such-host.invalid:80", "127.0.0.1:{taken}"]
)
def test_a_door_that_stays_shut_is_told_in_a_sentence(listen: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = listen.format(taken=taken.getsockname()[1])

        with pytest.raises(Misconfigured) as refused:
            open_sockets(listen, setting="CRIEUR_LISTEN")

    assert str(refused.value).startswith(f"Cannot listen on {listen}: ")
    assert str(refused.value).endswith("or set CRIEUR_LISTEN.")


@pytest.mark.parametrize(
    "listen", ["8080", ":8080", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", "127.0.0.1:-1"]
)
def test_what_is_no_host_and_port_is_told(listen: str) -> None:
    with pytest.raises(Misconfigured, match="--listen must be host:port"):
        open_sockets(listen, setting="--listen")
