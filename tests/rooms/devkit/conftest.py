"""Data folders for the embedded servers of these tests, and small web servers to talk to."""

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from service.devkit.embedded_claims import temporary_data_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    port: int

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def ask(
        self, method: str, path: str, *, body: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
            connection.request(method, path, body=body or None, headers=given)
            got = connection.getresponse()
            return Answer(status=got.status, headers=got.headers, body=got.read())
        finally:
            connection.close()


@contextmanager
def serving(app: Starlette) -> Iterator[Client]:
    """The app behind a real port, which is held from the moment on when it is chosen."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield Client(port=door.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A web server that writes down what it is told; `statuses` are its next answers."""

    url: str
    told: list[tuple[str, Mapping[str, str], str]]
    statuses: list[int]
    heard: threading.Event

    def wait_for_first(self) -> tuple[str, Mapping[str, str], str]:
        """Return what it is told first, once it is told anything."""
        assert self.heard.wait(30)
        return self.told[0]


@pytest.fixture
def listener() -> Iterator[Listener]:
    told: list[tuple[str, Mapping[str, str], str]] = []
    statuses: list[int] = []
    heard = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            told.append((self.path, dict(self.headers), self.rfile.read(length).decode()))
            heard.set()
            self.send_response(statuses.pop(0) if statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield Listener(url=url, told=told, statuses=statuses, heard=heard)
        server.shutdown()
        thread.join()


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port on which no server listens, and none can begin to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path
