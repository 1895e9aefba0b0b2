"""The daemons of one installation as commands that a supervisor runs."""

import sys

from service.cli.daemons import INBOUND, child_environment_of, worker_commands
from service.config import Settings
from service.devkit.processes import DaemonCommand


def all_daemon_commands(settings: Settings, **changes: str) -> list[DaemonCommand]:
    """Return all daemons, on the servers and addresses of `settings`.

    The caller has upgraded the schema and is their supervisor; workers and inbound are what their
    commands would run.
    """
    crieur = [sys.executable, "-m", "service"]
    environment = child_environment_of(settings) | changes

    def daemon(name: str, argv: list[str]) -> DaemonCommand:
        return DaemonCommand(name=name, argv=argv, env=environment)

    return [
        daemon("web", [*crieur, "web"]),
        *worker_commands(settings, **changes),
        daemon("scheduler", [*crieur, "scheduler"]),
        daemon("inbound", INBOUND),
    ]
