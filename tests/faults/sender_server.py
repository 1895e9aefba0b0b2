"""Forks senders of one edition: `python -m tests.faults.sender_server EDITION_ID`.

Each child runs the edition as a worker's thread does, on the real database and relay.
"""

import sys
from functools import partial

from service.boot import build_runtime
from service.config import load_settings
from service.kit.log import configure_logging
from tests.faults.fork_server import serve_forks
from workers import send_edition

if __name__ == "__main__":
    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    serve_forks(partial(send_edition.run, build_runtime(settings), edition_id=int(sys.argv[1])))
