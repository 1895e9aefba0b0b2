"""Each daemon as a command; SIGTERM drains."""

import os
import signal
import subprocess
import sys

import typer

from service.cli.child_metrics import serving_child_metrics
from service.cli.runtime import open_runtime, open_settings
from service.config import Settings, child_environment
from service.devkit.processes import DaemonCommand, Supervisor


def run_web(
    listen: str | None = typer.Option(
        None, help="Listen on this address instead of CRIEUR_LISTEN, such as 0.0.0.0:8080."
    ),
) -> None:
    """Serve readers' pages, the console and the publisher's API.

    Example: crieur web --listen 0.0.0.0:8080
    """
    from service.web.serve import serve

    with open_runtime(daemon=True) as runtime:
        serve(runtime, listen=listen)


def run_scheduler_daemon() -> None:
    """Find what is due and enqueue jobs for it; any number may run.

    Example: crieur scheduler
    """
    from service.scheduler.daemon import run_scheduler

    with open_runtime(daemon=True) as runtime:
        run_scheduler(runtime)


def run_worker() -> None:
    """Build, render and send editions in CRIEUR_WORKER_PROCESSES processes; restart one that dies.

    Example: CRIEUR_WORKER_PROCESSES=4 crieur worker
    """
    with (
        open_runtime(daemon=True) as runtime,
        serving_child_metrics(runtime.settings) as environment,
    ):
        commands = worker_commands(runtime.settings, **environment)
        Supervisor(commands, out=None, grace=DRAIN_SECONDS).run_until_stopped()


def run_inbound() -> None:
    """Receive bounces and complaints by SMTP and LMTP.

    Example: CRIEUR_INBOUND_LISTEN=0.0.0.0:25 crieur inbound
    """
    with open_settings(daemon=True) as settings:
        sys.exit(_run(INBOUND, child_environment_of(settings)))


INBOUND = [sys.executable, "-m", "workers.inbound"]


DRAIN_SECONDS = 55.0
"""How long worker processes may drain; a service manager usually waits for a minute."""


def worker_commands(settings: Settings, **changes: str) -> list[DaemonCommand]:
    """Return the worker processes of an installation, for a supervisor in this process."""
    argv = [sys.executable, "-m", "workers.run", "--under", str(os.getpid())]
    environment = child_environment_of(settings) | changes
    most = settings.worker_processes
    names = [f"worker-{number}" for number in range(1, most + 1)] if most > 1 else ["worker"]
    return [DaemonCommand(name=name, argv=argv, env=environment) for name in names]


def child_environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a child that uses this process's servers."""
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("embedded servers must be started before their addresses are passed on")
    return child_environment(
        CRIEUR_DATABASE_URL=settings.database_url.get_secret_value(),
        CRIEUR_REDIS_URL=settings.redis_url.get_secret_value(),
        CRIEUR_SECRET_KEY=" ".join(each.get_secret_value() for each in settings.secret_key),
        # dramatiq sleeps when its own small buffer is full.
        dramatiq_queue_prefetch="64",
    )


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run a child to its end, passing on the signals that ask it to drain."""
    child = subprocess.Popen(command, env=environment)  # noqa: S603  Our own interpreter.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sent, _: child.send_signal(sent))
    return child.wait()
