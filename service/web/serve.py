"""The web daemon: uvicorn in this process, drained on SIGTERM."""

import signal
import threading

import uvicorn

from service.boot import Runtime
from service.kit.listen import open_sockets, parse_host_port
from service.kit.log import get_logger
from service.web.app import make_app
from service.web.connections import HEAD_SECONDS, ConnectionLimits, limited_protocol
from service.web.request_body import BodyLimits

log = get_logger(__name__)

DRAIN_SECONDS = 20


def make_server(
    runtime: Runtime,
    *,
    listen: str | None = None,
    body_limits: BodyLimits | None = None,
    head_seconds: float = HEAD_SECONDS,
) -> uvicorn.Server:
    """Return the server that `serve` runs; a demo or a test may run it in a thread."""
    host, port = parse_host_port(listen or runtime.settings.listen, setting="--listen")
    app = make_app(runtime, body_limits=body_limits)
    trusted = runtime.settings.forwarded_allow_ips
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=limited_protocol(ConnectionLimits(trusted=trusted), head_seconds=head_seconds),
            proxy_headers=True,
            forwarded_allow_ips=trusted,
            # Our own log has the events; an access log would hold tokens.
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )
    # Pages that follow an edition would keep the server from ending.
    app.state.hub.is_shutting_down = lambda: server.should_exit
    return server


def serve(runtime: Runtime, *, listen: str | None = None) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those that have begun.

    Raises:
        Misconfigured: the port is taken, or the address is not this machine's.
    """
    server = make_server(runtime, listen=listen)
    sockets = open_sockets(listen or runtime.settings.listen, setting="CRIEUR_LISTEN")
    if threading.current_thread() is threading.main_thread():
        # uvicorn drains on these signals, then raises them again for the handlers that were there
        # before: that is us, and the drained daemon ends as a success.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
    log.info("daemon.started", daemon="web", listen=listen or runtime.settings.listen)
    server.run(sockets=sockets)
    log.info("daemon.stopped", daemon="web")
