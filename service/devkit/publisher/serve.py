"""The publisher as a process: the site, and a thread that publishes and tells Crieur."""

import argparse
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import uvicorn

from service.config import publisher_key
from service.devkit.publisher.journal import PublishingJournal
from service.devkit.publisher.pages import make_app
from service.devkit.publisher.push import EventPusher, PushTarget
from service.kit.clock import system_clock
from service.kit.log import configure_logging, get_logger

log = get_logger(__name__)

HOST = "127.0.0.1"
LOOK_EVERY = 0.5


def run_publisher(
    *, port: int, folder: Path, every: timedelta, target: PushTarget | None = None
) -> None:
    """Publish and serve until SIGTERM or SIGINT. Without a target no events are sent."""
    configure_logging(as_json=False)
    base = f"http://localhost:{port}"
    press = PublishingJournal(folder, every=every, now=system_clock())
    pusher = None
    if target is not None:
        pusher = EventPusher(press, folder, target=target, base=base)
    ended = threading.Event()

    def keep_publishing() -> None:
        while not ended.wait(LOOK_EVERY):
            press.advance(system_clock())
            if pusher is not None:
                pusher.advance(system_clock())

    thread = threading.Thread(target=keep_publishing, name="press", daemon=True)
    thread.start()
    log.info("daemon.started", daemon="publisher", port=port)
    try:
        app = make_app(press, base=base)
        uvicorn.run(app, host=HOST, port=port, log_level="warning", server_header=False)
    finally:
        ended.set()
        thread.join(timeout=5)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m service.devkit.publisher", description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--folder", type=Path, required=True, help="where the journal is kept")
    parser.add_argument("--every", type=float, default=30, help="seconds between two articles")
    parser.add_argument("--push", metavar="URL", help="Crieur's /api/v1/events/articles")
    parser.add_argument("--push-language", action="append", default=[], help="push only these")
    given = parser.parse_args(arguments)
    if given.every <= 0:
        parser.error("--every must be more than 0 seconds")
    target = None
    if given.push:
        languages = tuple(given.push_language)
        target = PushTarget(url=given.push, key=publisher_key(), languages=languages)
    run_publisher(
        port=given.port, folder=given.folder, every=timedelta(seconds=given.every), target=target
    )
