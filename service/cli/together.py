"""The daemons of one installation as commands that a supervisor runs."""

import sys

from service.cli.daemons import worker_environment
from service.config import Settings
from service.devkit.processes import Command

DAEMONS = ("web", "scheduler", "worker", "inbound")


def daemon_commands(settings: Settings, **changes: str) -> list[Command]:
    """Return the four daemons, on the servers and addresses of `settings`."""
    environment = worker_environment(settings) | changes
    return [
        Command(name=name, argv=[sys.executable, "-m", "service", name], env=environment)
        for name in DAEMONS
    ]
