"""A fetch connects to judged addresses only, and all of it ends by one deadline."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpcore2
import pytest

from service.kit.fetch import FetchedResponse, fetch
from service.kit.fetch_guard import (
    ALLOWED_PORTS,
    CPU_SECONDS,
    FetchBudget,
    FetchFailed,
    FetchRefused,
    GuardedBackend,
)
from tests.fakes.ports import a_free_port
from tests.fakes.site import Site, answer

SHORT = timedelta(seconds=1.5)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def get(site: Site, path: str = "/", **changes: object) -> FetchedResponse:
    return fetch(f"{site.url}{path}", allow_private=True, **changes)  # type: ignore[arg-type]  # a test names what it changes


def a_backend(*, seconds: float = 60, allow_private: bool = False) -> GuardedBackend:
    return GuardedBackend(FetchBudget(seconds), allow_private=allow_private, ports=ALLOWED_PORTS)


@pytest.mark.parametrize("part", ["head", "body"])
def test_dripping_bytes_end_at_the_deadline(site: Site, part: str) -> None:
    def drip(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"X-A: "))
        while not site.stopped.wait(0.1):
            connection.sendall(b"x")

    site.pages["/"] = drip
    began = time.monotonic()

    with pytest.raises(FetchFailed, match="in time"):
        get(site, timeout=SHORT)
    # Far above the deadline, far below one that each drop would put off.
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n" + b"a: b\r\n" * 2_000 + b"\r\n"),
    ],
    ids=["chunks", "hints", "heads"],
)
def test_a_million_pieces_cost_some_processor_time_only(
    site: Site, head: bytes, piece: bytes
) -> None:
    def pieces(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        while not site.stopped.is_set():
            connection.sendall(piece * (100_000 // len(piece)))

    site.pages["/"] = pieces
    began = time.thread_time()

    with pytest.raises(FetchFailed, match="pieces"):
        get(site, timeout=timedelta(minutes=5))

    assert time.thread_time() - began < CPU_SECONDS + 1


def test_silence_ends_at_the_deadline(site: Site) -> None:
    def keep_silent(_connection: socket.socket, _request: bytes) -> None:
        site.stopped.wait(20)

    site.pages["/"] = keep_silent

    with pytest.raises(FetchFailed, match="in time"):
        get(site, timeout=SHORT)


def test_private_addresses_are_not_read(site: Site) -> None:
    site.pages["/"] = answer(b"secret")

    with pytest.raises(FetchRefused, match="private network"):
        fetch(site.url)
    with pytest.raises(FetchRefused, match="private network"):
        fetch(f"http://localhost:{site.port}/")
    assert site.requests == []


def test_a_port_where_nobody_listens_is_a_sentence() -> None:
    with a_free_port() as port, pytest.raises(FetchFailed, match="could not be reached"):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8081])
def test_only_the_ports_of_the_web_are_asked(port: int) -> None:
    with pytest.raises(FetchRefused, match=f"Port {port}"):
        fetch(f"http://203.0.114.7:{port}/")


def test_a_name_server_that_is_silent_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours is patched: the resolver is the machine's."""
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(30))
    began = time.monotonic()

    with pytest.raises(FetchFailed, match="in time"):
        fetch("http://courrier.example/", timeout=timedelta(seconds=0.3))

    assert time.monotonic() - began < 10
    release.set()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "::1"])
def test_a_host_inside_is_judged_before_anything_is_sent_to_it(host: str) -> None:
    """A feed's address comes from strangers, and the database is in our network."""
    with pytest.raises(FetchRefused, match="private network"):
        a_backend().judge(host, 80)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 5432), ("8.8.8.8", 443)])
def test_a_private_host_that_is_allowed_has_any_port_and_a_public_one_the_webs(
    host: str, port: int
) -> None:
    """A newsroom's own site may listen anywhere; of others only the web is asked."""
    assert a_backend(allow_private=True).judge(host, port) == [host]


def test_a_name_without_a_server_is_told_as_such() -> None:
    """An operator looks for a slip in the name, not for a slow site."""
    with pytest.raises(FetchFailed, match=r"no-such-host\.invalid"):
        a_backend().judge("no-such-host.invalid", 80)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Let the machine's resolver give one answer after the other to `courrier.example`."""
    real, left = socket.getaddrinfo, iter(answers)

    def resolve(host: str, port: int, *given: Any, **named: Any) -> list[Any]:
        found = next(left) if host == "courrier.example" else [host]
        return [each for address in found for each in real(address, port, *given, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_connection_goes_to_the_address_that_was_judged(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's name server may give another answer to a second question."""
    resolving(monkeypatch, ["127.0.0.1"], ["::1"])

    stream = a_backend(allow_private=True).connect_tcp("courrier.example", site.port)

    assert stream.get_extra_info("server_addr") == ("127.0.0.1", site.port)
    stream.close()


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public one need only be out of order for the other one to be asked."""
    resolving(monkeypatch, ["8.8.8.8", "10.0.0.1"])

    with pytest.raises(FetchRefused, match="private network"):
        a_backend().judge("courrier.example", 443)


def test_the_next_address_is_asked_when_one_does_not_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sites have IPv6 addresses that cannot be reached from everywhere."""
    resolving(monkeypatch, ["::1", "127.0.0.1"])

    stream = a_backend(allow_private=True).connect_tcp("courrier.example", site.port)

    assert stream.get_extra_info("server_addr") == ("127.0.0.1", site.port)
    stream.close()


def test_nothing_is_waited_for_once_the_deadline_has_passed(site: Site) -> None:
    """Each wait has what is left, so many short ones are no longer than one."""
    backend = a_backend(seconds=0, allow_private=True)

    with pytest.raises(httpcore2.TimeoutException):
        backend.connect_tcp("127.0.0.1", site.port)
    assert site.requests == []


def test_seconds_that_are_left_only_become_fewer() -> None:
    """A budget is one for all redirects of a fetch."""
    budget = FetchBudget(60)

    first, second = budget.left("courrier.example"), budget.left("courrier.example")

    assert 60 >= first >= second > 0
