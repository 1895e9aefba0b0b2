"""The application behind a real uvicorn: many readers at once, proxies, draining."""

import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service.boot import Runtime
from service.web.serve import make_server
from tests.builders import a_newsletter

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def port(runtime: Runtime) -> Iterator[int]:
    """Where the application listens; the socket takes connections before uvicorn is ready."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(runtime)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield int(listening.getsockname()[1])
        server.should_exit = True
        thread.join()


def _ask(
    port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body or None, {**FORM, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_more_readers_at_once_than_connections_are_all_answered(port: int) -> None:
    with ThreadPoolExecutor(60) as readers:
        answers = list(readers.map(lambda _: _ask(port, "GET", "/n/le-matin"), range(180)))

    assert {status for status, _ in answers} == {200}


def test_the_same_address_from_many_windows_at_once_is_one_reader_and_one_mail(
    port: int, runtime: Runtime
) -> None:
    with ThreadPoolExecutor(12) as windows:
        answers = list(
            windows.map(
                lambda _: _ask(port, "POST", "/n/le-matin", "email=awa%40example.org"),
                range(12),
            )
        )

    with runtime.begin() as session:
        counts = [
            session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("subscriber", "subscription", "notice", "consent")
        ]
    assert {status for status, _ in answers} == {200}
    assert counts == [1, 1, 1, 1]


def test_the_proof_shows_the_reader_s_network_and_not_the_proxy_s(
    port: int, runtime: Runtime
) -> None:
    _ask(
        port,
        "POST",
        "/n/le-matin",
        "email=awa%40example.org",
        {"x-forwarded-for": "203.0.113.77", "x-forwarded-proto": "https"},
    )

    with runtime.begin() as session:
        assert session.execute(text("SELECT network FROM consent")).scalar() == "203.0.113.0/24"


def test_head_has_no_body_on_the_wire(port: int) -> None:
    assert _ask(port, "HEAD", "/n/le-matin") == (200, b"")
