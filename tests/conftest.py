"""Real servers for every test: PostgreSQL and Valkey from their wheels, an SMTP sink.

The servers are started once for a run and shared by all xdist workers; each test that asks for
`begin` gets a database of its own, copied from a migrated template in about 25 ms.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from pydantic import SecretStr

from service.boot import Runtime, build_runtime
from service.config import Settings
from service.devkit import embedded
from service.kit.clock import Clock
from service.kit.db import Begin, make_engine
from service.kit.redis_store import RedisStore
from service.kit.tokens import Keyring
from service.migrations.upgrade import upgrade
from tests.fakes.sink import Sink

SECRET = "0123456789abcdef0123456789abcdef"
TEMPLATE = "crieur_template"
_numbers = count()

# Hypothesis allows an example 200 ms, and few examples a second to be made up. On a machine that is
# busy with other things that says nothing of our code.
hypothesis.settings.register_profile(
    "explore", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# CI tries the same examples each time: a rare one must not hold up a change that has nothing to do
# with it. `make faults` explores, and what it finds becomes an @example.
hypothesis.settings.register_profile(
    "repeatable", hypothesis.settings.get_profile("explore"), derandomize=True
)
hypothesis.settings.load_profile("repeatable")


@dataclass
class FakeClock:
    """Time that stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2023, 2, 8, 6, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture(scope="session")
def servers() -> Iterator[embedded.Embedded]:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))  # noqa: TID251
    folder = Path(tempfile.gettempdir()) / f"crieur-test-{run}"
    with embedded.start(folder, durable=False) as running:
        yield running
    # The last worker to leave has stopped them; whoever comes late finds nothing to remove.
    if not any((folder / name).exists() for name in ("postgres/postmaster.pid",)):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(servers: embedded.Embedded) -> str:
    """A migrated, empty database that tests' own are copied from."""
    with (servers.data_dir / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = servers.data_dir / "template.done"
        if not done.exists():
            embedded.create_database(servers.admin_url, TEMPLATE)
            engine = make_engine(_url(servers, TEMPLATE))
            upgrade(engine)
            engine.dispose()
            done.touch()
    return TEMPLATE


@pytest.fixture
def database_url(servers: embedded.Embedded, template: str) -> Iterator[str]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")  # noqa: TID251
    name = f"test_{worker}_{next(_numbers)}"
    embedded.create_database(servers.admin_url, name, template=template)
    yield _url(servers, name)
    embedded.drop_database(servers.admin_url, name)


@pytest.fixture
def redis_url(servers: embedded.Embedded) -> Iterator[str]:
    """This worker's own numbered database in Valkey, emptied before each test."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # noqa: TID251
    joiner = "&" if "?" in servers.redis_url else "?"
    url = f"{servers.redis_url}{joiner}db={int(worker.removeprefix('gw')) % 16}"
    cache = RedisStore(url)
    cache._redis.flushdb()
    yield url
    cache.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([SECRET])


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A relay that takes everything and keeps it."""
    with Sink() as running:
        yield running


@pytest.fixture
def settings(database_url: str, redis_url: str, sink: Sink, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        data_dir=tmp_path,
        secret_key=[SecretStr(SECRET)],
        public_url="http://crieur.test",
        smtp_url=[SecretStr(f"smtp://127.0.0.1:{sink.port}?starttls=never")],
        bounce_domain="bounces.crieur.test",
        fetch_allow_private=True,
    )


@pytest.fixture
def runtime(settings: Settings, clock: Clock) -> Iterator[Runtime]:
    """Everything wired as in production, on this test's own database and with a fake clock."""
    built = build_runtime(settings, clock=clock)
    yield built
    built.close()


@pytest.fixture
def begin(runtime: Runtime) -> Begin:
    return runtime.begin


@pytest.fixture
def cache(runtime: Runtime) -> RedisStore:
    return runtime.redis_store


def _url(servers: embedded.Embedded, name: str) -> str:
    return servers.admin_url.replace("/postgres?", f"/{name}?", 1)
