"""The bad wire does what its faults say, and nothing else."""

import smtplib
import socket

import pytest

from tests.fakes.proxy import GOOD, Fault, Proxy
from tests.fakes.relay import Relay

PATIENCE = 30
LETTER = b"Subject: hello\r\n\r\n.. two dots\r\nbody\r\n"
GREETING = b"220 relay.test ESMTP\r\n"


def test_a_good_wire_changes_nothing() -> None:
    with Relay() as relay, Proxy(relay.port) as proxy:
        with smtplib.SMTP("127.0.0.1", proxy.port, timeout=PATIENCE) as client:
            client.sendmail("a@example.org", ["b@example.org"], LETTER)

        assert [kept.recipient for kept in relay.accepted] == ["b@example.org"]
        assert (proxy.connections, proxy.cuts) == (1, 0)


def test_a_cut_after_some_bytes_resets_and_the_relay_has_exactly_those() -> None:
    with Relay() as relay, Proxy(relay.port, lambda _: Fault(cut_after=11)) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client:
            assert client.recv(100) == GREETING
            client.sendall(b"EHLO here\r\nNOOP this is never seen\r\n")

            assert _end(client) == "reset"
        assert "NOOP" not in " ".join(relay.commands)


def test_answers_can_be_cut_in_the_middle() -> None:
    with Relay() as relay, Proxy(relay.port, lambda _: Fault(cut_answers_after=7)) as proxy:
        how, seen = _listen_only(proxy)

        # A reset may overtake what was said before it, so less than seven bytes may be seen.
        assert how == "reset"
        assert GREETING[:7].startswith(seen)


def test_a_half_open_wire_takes_everything_and_says_nothing() -> None:
    with Relay() as relay, Proxy(relay.port, lambda _: Fault(half_open=True)) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.3) as client:
            client.sendall(b"EHLO here\r\n" * 1000)

            with pytest.raises(TimeoutError):
                client.recv(1)
        assert relay.connections == 0


def test_a_reset_after_the_dot_leaves_the_mail_with_the_relay() -> None:
    with Relay() as relay, Proxy(relay.port, lambda _: Fault(reset_after_dot=2)) as proxy:
        client = smtplib.SMTP("127.0.0.1", proxy.port, timeout=PATIENCE)
        client.sendmail("a@example.org", ["b@example.org"], LETTER)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            client.sendmail("a@example.org", ["c@example.org"], LETTER)
        client.close()

        assert [kept.recipient for kept in relay.accepted] == ["b@example.org", "c@example.org"]
        assert proxy.cuts == 1


def test_an_answer_can_come_twice() -> None:
    with (
        Relay() as relay,
        Proxy(relay.port, lambda _: Fault(doubled=0)) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client,
    ):
        assert _receive(client, 2 * len(GREETING)) == GREETING * 2


def test_two_answers_can_change_places() -> None:
    fault = Fault(swapped=1, patience=PATIENCE)
    with (
        Relay() as relay,
        Proxy(relay.port, lambda _: fault) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client,
    ):
        assert _receive(client, len(GREETING)) == GREETING
        client.sendall(b"RSET\r\nBOGUS\r\n")

        expected = b"500 5.5.1 what?\r\n250 2.0.0 reset\r\n"
        assert _receive(client, len(expected)) == expected


@pytest.mark.parametrize("fault", [Fault(drip=1, pause=0.0001), Fault(joined=3), GOOD])
def test_answers_that_are_split_or_joined_are_the_same_answers(fault: Fault) -> None:
    with (
        Relay() as relay,
        Proxy(relay.port, lambda _: fault) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client,
    ):
        client.sendall(b"RSET\r\nRSET\r\nRSET\r\n")

        expected = GREETING + b"250 2.0.0 reset\r\n" * 3
        assert _receive(client, len(expected)) == expected


def test_each_connection_has_a_fault_of_its_own() -> None:
    faults = [Fault(cut_answers_after=0), GOOD]
    with Relay() as relay, Proxy(relay.port, lambda number: faults[number]) as proxy:
        assert _listen_only(proxy)[0] == "reset"
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as second:
            assert second.recv(100) == GREETING


def _receive(client: socket.socket, count: int) -> bytes:
    seen = b""
    while len(seen) < count:
        seen += client.recv(count - len(seen)) or _fail()
    return seen


def _listen_only(proxy: Proxy) -> tuple[str, bytes]:
    """Connect and say nothing; return how it ended, and what was heard until then."""
    try:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)
    except ConnectionResetError:
        # The wire struck before the handshake's end was looked at.
        return "reset", b""
    with client:
        return _drain(client)


def _end(client: socket.socket) -> str:
    return _drain(client)[0]


def _drain(client: socket.socket) -> tuple[str, bytes]:
    seen = b""
    try:
        while data := client.recv(1000):
            seen += data
    except ConnectionResetError:
        return "reset", seen
    return "closed", seen


def _fail() -> bytes:
    raise AssertionError("closed too early")
