"""The inbox as a process: SMTP in one thread, pages in the other."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from service.devkit.inbox.pages import make_app
from service.devkit.inbox.sink import HOST, listening
from service.devkit.inbox.store import MessageStore
from service.kit.clock import system_clock
from service.kit.log import configure_logging, get_logger

log = get_logger(__name__)


def run_inbox(
    *, smtp_port: int, web_port: int, folder: Path, inbound: tuple[str, int] | None = None
) -> None:
    """Take and show messages until SIGTERM or SIGINT."""
    configure_logging(as_json=False)
    store = MessageStore(folder)
    app = make_app(store, inbound=inbound)
    with listening(store, port=smtp_port, clock=system_clock):
        log.info("daemon.started", daemon="inbox", smtp_port=smtp_port, web_port=web_port)
        uvicorn.run(app, host=HOST, port=web_port, log_level="warning", server_header=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m service.devkit.inbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--web-port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, required=True, help="where messages are kept")
    parser.add_argument("--inbound", metavar="HOST:PORT", help="where Crieur takes bounces")
    given = parser.parse_args(arguments)
    inbound = None
    if given.inbound:
        host, _, port = given.inbound.rpartition(":")
        if not host or not port.isdecimal():
            parser.error("--inbound must be host:port such as 127.0.0.1:8025")
        inbound = (host, int(port))
    run_inbox(
        smtp_port=given.smtp_port, web_port=given.web_port, folder=given.folder, inbound=inbound
    )
