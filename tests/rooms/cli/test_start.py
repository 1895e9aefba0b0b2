"""A command loads what it needs: a script that calls it a thousand times waits for the rest, too.

Modules are counted and not seconds, which are the affair of the machine and its neighbours.
"""

import subprocess
import sys

import pytest

from service.boot import Runtime
from service.cli.daemons import child_environment_of
from service.config import Settings
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue

HEAVY = (
    *("alembic", "dramatiq", "redis", "fastapi", "starlette", "uvicorn", "aiosmtpd", "aiosmtplib"),
    *("premailer", "lxml", "jinja2", "trafilatura", "feedparser", "cryptography", "dns"),
    *("structlog", "httpx2", "service.replies.rules"),
)
RUN = f"""
import atexit, sys
from service.cli.main import main
heavy = {HEAVY!r}
atexit.register(lambda: print(*[each for each in heavy if each in sys.modules], file=sys.stderr))
main()
"""
DATA = (
    "newsletter list",
    "newsletter show le-matin-0",
    "newsletter next le-matin-0",
    "newsletter edit le-matin-0 --at 06:30 --days daily",
    "article list",
    "article show 1",
    "article withdraw 1",
    "feed list",
    "subscriber add awa@example.org -n le-matin-0 --proof paper",
    "subscriber list -n le-matin-0",
    "subscriber show r0.0@example.org",
    "subscriber unsubscribe r0.0@example.org -n le-matin-0",
    "edition list",
    "edition show 1",
    "edition ledger 1",
    "edition pause 1",
    "suppression list",
    "suppression add awa@example.org",
    "operator list",
    "operator add awa@example.org --name Awa --role owner",
    "sending status",
)


@pytest.mark.parametrize("command", DATA)
def test_a_command_about_data_loads_nothing_heavy(
    runtime: Runtime, settings: Settings, clock: FakeClock, command: str
) -> None:
    an_issue(runtime.begin, clock)

    ended = subprocess.run(
        [sys.executable, "-c", RUN, *command.split()],
        env=child_environment_of(settings) | {"CRIEUR_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.split() == [], ended.stderr
