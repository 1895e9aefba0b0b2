"""The daemons of one installation as commands that a supervisor runs."""

import sys

from service.cli.daemons import INBOUND, child_environment_of, worker_command
from service.config import Settings
from service.devkit.processes import Command


def daemon_commands(settings: Settings, **changes: str) -> list[Command]:
    """Return the four daemons, on the servers and addresses of `settings`.

    The caller has upgraded the schema; worker and inbound are what their commands would run.
    """
    crieur = [sys.executable, "-m", "service"]
    daemons = {
        "web": [*crieur, "web"],
        "worker": worker_command(settings),
        "scheduler": [*crieur, "scheduler"],
        "inbound": INBOUND,
    }
    environment = child_environment_of(settings) | changes
    return [Command(name=name, argv=argv, env=environment) for name, argv in daemons.items()]
