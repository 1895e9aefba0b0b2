"""An installation for the time of a measurement: servers, workers, and a scheduler when asked.

Everything is as in production: PostgreSQL keeps what it has committed, job messages go through
Valkey, workers and the scheduler are processes of their own.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from service.boot import Runtime, build_runtime
from service.config import Settings, load_settings
from service.devkit import embedded
from service.devkit.bench import dataset, usage
from service.devkit.bench.sink import HOST
from service.devkit.bench.usage import ProcessCost
from service.devkit.processes import DaemonCommand, Supervisor
from service.kit.errors import Unavailable
from service.migrations.upgrade import upgrade

LAST_LINES = 12

Commands = Callable[[Settings, Mapping[str, str]], Sequence[DaemonCommand]]
"""Gives the commands of the daemons of an installation, for settings that a child reads from its
environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """How the installation that is measured is set up; each process has so many connections."""

    connections: int
    processes: int
    dkim_keys: str = ""
    # Where the web daemon listens, if it runs.
    listen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchStack:
    """An installation that runs."""

    runtime: Runtime
    url: str
    folder: Path
    commands: dict[str, DaemonCommand]
    log: TextIO
    postgres_pid: int | None

    @contextmanager
    def running(self, name: str) -> Iterator[Supervisor]:
        """Run a daemon, all its processes; raise Unavailable with the end of the log if it dies."""
        ours = [each for each in self.commands if each.partition("-")[0] == name]
        daemon = Supervisor([self.commands[each] for each in ours], out=self.log)
        with daemon:
            yield daemon
        if daemon.deaths:
            raise Unavailable(f"The {name} died while it was measured. {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of the daemons' log."""
        lines = (self.folder / "daemons.log").read_text("utf-8", "replace").splitlines()
        return "The daemons' log ends:\n" + "\n".join(lines[-LAST_LINES:])

    def postgres_cost(self) -> ProcessCost | None:
        """Return what PostgreSQL has cost, if it runs on this machine."""
        return usage.cost_of(self.postgres_pid) if self.postgres_pid else None


@contextmanager
def open_stack(
    folder: Path, wish: StackOptions, *, port: int, commands: Commands
) -> Iterator[BenchStack]:
    """Start servers in `folder` and wire a runtime whose relay is the sink at `port`."""
    with (
        embedded.start(folder) as servers,
        (folder / "daemons.log").open("w", encoding="utf-8", buffering=1) as log,
    ):
        settings = _settle(servers, wish, port=port, folder=folder)
        daemons = commands(settings, _environment(settings, wish))
        runtime = build_runtime(settings)
        try:
            upgrade(runtime.engine)
            yield BenchStack(
                runtime=runtime,
                url=servers.database_url,
                folder=folder,
                commands={each.name: each for each in daemons},
                log=log,
                postgres_pid=dataset.postgres_pid(servers.database_url),
            )
        finally:
            runtime.close()


def _settle(servers: embedded.Embedded, wish: StackOptions, *, port: int, folder: Path) -> Settings:
    return load_settings(
        database_url=SecretStr(servers.database_url),
        redis_url=SecretStr(servers.redis_url),
        secret_key=[SecretStr(secrets.token_hex(32))],
        data_dir=folder,
        public_url="https://newsletters.bench.example.org",
        smtp_url=[SecretStr(f"smtp://{HOST}:{port}?starttls=never")],
        smtp_connections=wish.connections,
        bounce_domain="bounces.bench.example.org",
        worker_processes=wish.processes,
        worker_threads=4,
        log_json=True,
    )


def _environment(settings: Settings, wish: StackOptions) -> dict[str, str]:
    """Return what a daemon reads of these settings from its environment."""
    return {
        "CRIEUR_DATA_DIR": str(settings.data_dir),
        "CRIEUR_PUBLIC_URL": settings.public_url,
        "CRIEUR_SMTP_URL": settings.smtp_url[0].get_secret_value(),
        "CRIEUR_SMTP_CONNECTIONS": str(settings.smtp_connections),
        "CRIEUR_BOUNCE_DOMAIN": settings.bounce_domain,
        "CRIEUR_DKIM_KEYS": wish.dkim_keys,
        "CRIEUR_WORKER_PROCESSES": str(settings.worker_processes),
        "CRIEUR_WORKER_THREADS": str(settings.worker_threads),
        "CRIEUR_LOG_JSON": "true",
        "CRIEUR_LOG_LEVEL": "info",
        **({"CRIEUR_LISTEN": wish.listen} if wish.listen else {}),
    }
