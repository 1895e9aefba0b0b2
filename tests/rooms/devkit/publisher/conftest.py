"""The local publisher at a fixed instant, and its site behind a port."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.devkit.publisher.journal import PublishingJournal
from service.devkit.publisher.pages import make_app
from tests.rooms.devkit.conftest import Client, serving

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
EVERY = timedelta(seconds=20)
BASE = "http://localhost:8082"


@pytest.fixture
def press(tmp_path: Path) -> PublishingJournal:
    return PublishingJournal(tmp_path / "site", every=EVERY, now=NOW)


@pytest.fixture
def client(press: PublishingJournal) -> Iterator[Client]:
    with serving(make_app(press, base=BASE)) as client:
        yield client
