"""A publisher's web server whose manners a test chooses, on a real socket."""

import socket
import threading
from collections.abc import Callable
from typing import Self

Manners = Callable[[socket.socket, bytes], None]


def answer(
    body: bytes = b"", *, status: str = "200 OK", headers: dict[str, str] | None = None
) -> Manners:
    """A complete, honest answer."""
    told = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())

    def send(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body)

    return send


class Site:
    """Serves each path with its manners; remembers the requests it got."""

    def __init__(self) -> None:
        self.pages: dict[str, Manners] = {}
        self.requests: list[bytes] = []
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stopped(self) -> threading.Event:
        """Set when the test is over, for manners that never end by themselves."""
        return self._stopped

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        # A listener that is closed while it waits does not wake up; a visitor wakes it.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            try:
                while b"\r\n\r\n" not in request:
                    read = connection.recv(65536)
                    if not read:
                        return
                    request += read
                self.requests.append(request)
                path = request.split(b" ", 2)[1].decode("latin-1")
                manners = self.pages.get(path, answer(b"", status="404 Not Found"))
                manners(connection, request)
            except OSError:
                return
