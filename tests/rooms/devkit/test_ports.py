"""Ports of this machine."""

import socket

from service.devkit.ports import PortClaims, free_port, wait_for_port


def test_a_port_in_use_means_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]

        found = free_port(port)

        # Others come and go on the ports between, so that the next search may find one of those.
        assert found > port
        assert free_port(port, taken=frozenset({found})) not in {port, found}
        assert wait_for_port(port, patience=20)


def test_nobody_comes_to_a_silent_port() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))

        assert not wait_for_port(reserved.getsockname()[1], patience=0.2)


def test_a_claimed_port_is_nobody_elses_until_it_is_released() -> None:
    with PortClaims() as one, PortClaims() as other:
        port = one.claim(21_950)

        assert other.claim(port) > port
        one.release()
        with PortClaims() as third:
            assert third.claim(port) == port
