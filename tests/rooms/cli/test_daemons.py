"""Each daemon as a command: on the addresses that it is given, until it is asked to end."""

import sys
from urllib.request import urlopen

import pytest
from pydantic import SecretStr

from service.cli.daemons import child_environment_of, worker_commands
from service.config import Settings, load_settings
from service.devkit.ports import PortClaims, wait_for_port
from tests.rooms.cli.shell import PATIENCE, Shell


def test_one_worker_process_is_the_worker_and_several_are_numbered(settings: Settings) -> None:
    """Operators look for these names in the log."""
    some = settings.model_copy(update={"worker_processes": 3})

    one, several = worker_commands(settings), worker_commands(some)

    assert [each.name for each in one] == ["worker"]
    assert [each.name for each in several] == ["worker-1", "worker-2", "worker-3"]
    assert {each.argv[0] for each in several} == {sys.executable}


def test_a_child_uses_its_parents_servers_and_every_secret(settings: Settings) -> None:
    """Links that were signed under the second secret must stay valid in a worker, too."""
    first, second = "a" * 32, "b" * 32
    rotated = settings.model_copy(update={"secret_key": [SecretStr(first), SecretStr(second)]})

    environment = child_environment_of(rotated)

    assert settings.database_url is not None
    assert environment["CRIEUR_DATABASE_URL"] == settings.database_url.get_secret_value()
    assert environment["CRIEUR_SECRET_KEY"] == f"{first} {second}"


def test_a_change_of_the_environment_reaches_every_worker(settings: Settings) -> None:
    """The supervisor names the folder for metrics in this way."""
    several = settings.model_copy(update={"worker_processes": 2})

    commands = worker_commands(several, PROMETHEUS_MULTIPROC_DIR="/folder")

    assert [each.env["PROMETHEUS_MULTIPROC_DIR"] for each in commands] == ["/folder"] * 2


def test_no_child_is_started_before_its_servers_are_known() -> None:
    """It would start embedded servers of its own, and work on an empty database."""
    with pytest.raises(ValueError, match="embedded servers must be started"):
        worker_commands(load_settings())


def test_the_web_listens_where_the_command_says_until_it_is_asked_to_end(shell: Shell) -> None:
    """`--listen` is stronger than the setting, and SIGTERM is no failure."""
    shell.environment["CRIEUR_LISTEN"] = "127.0.0.1:1"
    with PortClaims() as claims:
        port = claims.claim(18_180)
        web = shell.start("web", "--listen", f"127.0.0.1:{port}")
        assert wait_for_port(port, patience=PATIENCE)
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE) as health:
            status = health.status
        web.terminate()
        _, log = web.communicate(timeout=PATIENCE)

    assert status == 200
    assert (web.returncode, "Traceback" in log) == (0, False)


def test_inbound_passes_on_what_asks_it_to_drain(shell: Shell) -> None:
    """A service manager knows only the command; its child holds the port and the mail."""
    with PortClaims() as claims:
        port = claims.claim(18_280)
        shell.environment["CRIEUR_INBOUND_LISTEN"] = f"127.0.0.1:{port}"
        inbound = shell.start("inbound")
        assert wait_for_port(port, patience=PATIENCE)
        inbound.terminate()
        _, log = inbound.communicate(timeout=PATIENCE)

        assert (inbound.returncode, "Traceback" in log) == (0, False)
        assert not wait_for_port(port, patience=0.1)
