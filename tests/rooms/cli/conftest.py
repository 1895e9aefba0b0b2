"""Commands as an operator types them, in this process or in a shell, and a site for them."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.config import Settings
from tests.conftest import SECRET
from tests.fakes.site import Site, answer
from tests.rooms.cli.shell import Shell

DATA = Path(__file__).parents[2] / "data"
Run = Callable[..., Result]


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    return {
        "CRIEUR_DATABASE_URL": settings.database_url.get_secret_value(),
        "CRIEUR_REDIS_URL": settings.redis_url.get_secret_value(),
        "CRIEUR_SECRET_KEY": settings.secret_key[0].get_secret_value(),
        "CRIEUR_PUBLICATION_TIME_ZONE": "Africa/Porto-Novo",
        "CRIEUR_FETCH_ALLOW_PRIVATE": "true",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def call(app: Any, *arguments: object, stdin: bytes = b"") -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, words, input=stdin, env=environment)

    return call


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.pages["/flux"] = answer((DATA / "feeds" / "rss2.xml").read_bytes())
        running.pages["/page"] = answer(
            (DATA / "pages" / "opengraph.html").read_bytes(),
            headers={"Content-Type": "text/html; charset=iso-8859-1"},
        )
        yield running


@pytest.fixture
def shell(database_url: str, redis_url: str) -> Iterator[Shell]:
    running = Shell(
        {
            **os.environ,  # noqa: TID251  The child needs PATH; its own settings come from here.
            "CRIEUR_DATABASE_URL": database_url,
            "CRIEUR_REDIS_URL": redis_url,
            "CRIEUR_SECRET_KEY": SECRET,
            "TERM": "xterm",
            "COLUMNS": "120",
        }
    )
    yield running
    for process in running.started:
        process.kill()
        process.communicate()


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]
