"""The application on a free port, for browsers and programs that need a socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.boot import Runtime
from service.devkit.ports import wait_for_port
from service.web.serve import make_server


@contextmanager
def served(runtime: Runtime, *, port: int = 0) -> Iterator[str]:
    """Yield the address under which it answers: on a free port, if none is named."""
    server = make_server(runtime, listen=f"127.0.0.1:{port}")
    sockets = [server.config.bind_socket()]
    port = sockets[0].getsockname()[1]
    thread = threading.Thread(target=server.run, args=(sockets,))
    thread.start()
    assert wait_for_port(port, patience=20)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        # Also when the test has failed: pytest would wait for the thread for ever.
        server.should_exit = True
        thread.join()
