"""What a command stands on: settings, servers that are its own or the operator's, the schema."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.cli.runtime import own_secret
from service.config import child_environment
from service.devkit import embedded
from service.devkit.embedded_claims import temporary_data_dir
from service.devkit.embedded_locks import is_held
from tests.rooms.cli.shell import PATIENCE, Shell

OPEN = """
import sys
from service.cli.runtime import open_runtime
from service.newsletters import catalogue

with open_runtime() as runtime:
    with runtime.begin() as session:
        print(len(catalogue.list_newsletters(session)), flush=True)
    sys.stdin.read()
"""
"""A command that reads something and goes on until its input ends."""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """Every link that was ever sent is signed with it."""
    folder = tmp_path / "new"

    first, second = own_secret(folder), own_secret(folder)

    assert first == second
    assert len(bytes.fromhex(first)) == 32
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600


def test_two_first_starts_agree_on_one_secret(tmp_path: Path) -> None:
    """One of them would send links that the other one refuses."""
    folder = tmp_path / "new"

    with ThreadPoolExecutor(2) as pool:
        secrets = set(pool.map(_secret_of_a_process, [folder] * 2))

    assert len(secrets) == 1
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_a_schema_that_is_behind_is_the_operators_to_upgrade(
    servers: embedded.Embedded, shell: Shell
) -> None:
    """Other processes of the old version may still be at work."""
    shell.environment["CRIEUR_DATABASE_URL"] = servers.admin_url

    ended = shell.run("newsletter", "list")

    assert ended.returncode == 1
    assert "run 'crieur db upgrade' first" in ended.stderr


@pytest.mark.parametrize("end", ["input", "signal"])
def test_a_command_on_its_own_servers_brings_and_takes_them_along(data_dir: Path, end: str) -> None:
    """A newcomer has no servers; a command that is killed politely must not leave any."""
    command = subprocess.Popen(
        [sys.executable, "-c", OPEN],
        env=child_environment(CRIEUR_DATA_DIR=str(data_dir)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with command:
        assert command.stdout is not None
        newsletters = command.stdout.readline()
        held = is_held(data_dir / "locks" / "postgres.lock")
        if end == "signal":
            command.terminate()
            command.wait(PATIENCE)

    assert (newsletters, held) == ("0\n", True)
    assert command.returncode == (128 + signal.SIGTERM if end == "signal" else 0)
    assert not is_held(data_dir / "locks" / "postgres.lock")
    assert not is_held(data_dir / "locks" / "valkey.lock")
    assert (data_dir / "secret.key").exists()


def _secret_of_a_process(folder: Path) -> str:
    """Return the secret as another process finds or makes it."""
    code = "import sys, pathlib; from service.cli.runtime import own_secret; "
    code += "print(own_secret(pathlib.Path(sys.argv[1])))"
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    ).stdout
