"""`crieur up`: every daemon in one terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.accounts.one_time_links import make_first_owner_link
from service.boot import Runtime
from service.cli.child_metrics import serving_child_metrics
from service.cli.daemons_all import all_daemon_commands
from service.cli.runtime import open_runtime
from service.config import Settings, load_settings
from service.devkit import embedded
from service.devkit.processes import Supervisor
from service.kit.listen import open_sockets


def up() -> None:
    """Run web, scheduler, worker and inbound together, restarting one that dies.

    Without CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL it runs its own PostgreSQL and Valkey too.
    The first start prints a one-time link that creates the first operator. Ctrl-C drains.
    A port that is in use stops the start.

    Example: CRIEUR_SMTP_URL=smtp://relay.example.org:25 crieur up
    """
    with (
        open_runtime(daemon=True) as runtime,
        _tending(runtime.settings) as tend,
        serving_child_metrics(runtime.settings) as environment,
    ):
        _require_free_ports(runtime.settings)
        _greet(runtime)
        commands = all_daemon_commands(
            runtime.settings, **_log_form(runtime.settings), **environment
        )
        Supervisor(commands, out=sys.stderr, tend=tend).run_until_stopped()


def _require_free_ports(settings: Settings) -> None:
    """Check ports before anything starts: a daemon whose port is in use would die repeatedly.

    Raises:
        Misconfigured: a daemon could not listen where its setting says.
    """
    listened_on = {
        "CRIEUR_LISTEN": settings.listen,
        "CRIEUR_INBOUND_LISTEN": settings.inbound_listen,
        "CRIEUR_INBOUND_LMTP_LISTEN": settings.inbound_lmtp_listen,
    }
    for setting, listen in listened_on.items():
        for opened in open_sockets(listen, setting=setting) if listen else []:
            opened.close()


def _log_form(settings: Settings) -> dict[str, str]:
    """Daemons write into a pipe, so our own terminal decides the format of their logs."""
    as_json = settings.log_json if settings.log_json is not None else not sys.stderr.isatty()
    return {"CRIEUR_LOG_JSON": str(as_json).lower()}


@contextmanager
def _tending(settings: Settings) -> Iterator[Callable[[], None] | None]:
    """Yield what brings embedded servers back when they die; nothing for the operator's own."""
    if not load_settings().is_embedded:
        yield None
        return
    with embedded.start(settings.data_dir) as servers:
        yield servers.revive


def _greet(runtime: Runtime) -> None:
    settings = runtime.settings
    print(f"Readers:  {settings.public_url}/", file=sys.stderr)
    print(f"Console:  {settings.public_url}/console", file=sys.stderr)
    if not settings.smtp_url:
        print(
            "No message is sent yet: set CRIEUR_SMTP_URL, such as smtp://user:password@host:587.",
            file=sys.stderr,
        )
    with runtime.begin() as session:
        secret = make_first_owner_link(session, runtime.clock())
    if secret is not None:
        print(
            f"First operator (one-time link): {settings.public_url}/console/link/{secret}",
            file=sys.stderr,
        )
