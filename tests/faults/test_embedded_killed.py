"""Crieur or its embedded servers are killed; nothing is lost and no stranger is hurt."""

import os
import pwd
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from service.devkit import embedded
from service.devkit.embedded_claims import temporary_data_dir
from service.devkit.embedded_locks import is_held
from service.kit.errors import Unavailable

pytestmark = pytest.mark.fault

STARTS_WRITES_AND_IS_KILLED = """
import os, signal, sys
from pathlib import Path
import psycopg, redis
from service.devkit import embedded
servers = embedded.start(Path(sys.argv[1]))
with psycopg.connect(servers.database_url.replace("+psycopg", "")) as connection:
    connection.execute("CREATE TABLE words AS SELECT 'kept' AS word")
redis.Redis.from_url(servers.redis_url).set("word", "kept")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same account as the servers, which has nothing to do with them."""
    options = {"user": "nobody", "extra_groups": []} if os.getuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "600"], **options) as process:  # type: ignore[call-overload]  # options vary
        yield process
        process.kill()


def test_servers_outlive_a_killed_crieur_and_are_adopted(data_dir: Path) -> None:
    killed = _run(STARTS_WRITES_AND_IS_KILLED, data_dir)
    postmaster = _pid(data_dir / "postgres" / "postmaster.pid")

    with embedded.start(data_dir) as servers:
        assert killed.returncode == -signal.SIGKILL
        assert _pid(data_dir / "postgres" / "postmaster.pid") == postmaster
        assert _words(servers) == ("kept", b"kept")
    assert not is_held(data_dir / "locks" / "postgres.lock")


def test_killed_servers_start_again_without_loss(data_dir: Path) -> None:
    _run(STARTS_WRITES_AND_IS_KILLED, data_dir)
    _kill_servers(data_dir)

    with embedded.start(data_dir) as servers:
        assert _words(servers) == ("kept", b"kept")


def test_servers_that_die_in_use_are_revived(data_dir: Path) -> None:
    with embedded.start(data_dir) as servers:
        with Redis.from_url(servers.redis_url) as redis:
            redis.set("word", "kept")
        with psycopg.connect(servers.database_url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE words AS SELECT 'kept' AS word")
        _kill_servers(data_dir)

        servers.revive()

        assert _words(servers) == ("kept", b"kept")


def test_a_half_written_last_entry_of_valkey_is_cut_off(data_dir: Path) -> None:
    _run(STARTS_WRITES_AND_IS_KILLED, data_dir)
    _kill_servers(data_dir)
    log = next((data_dir / "valkey" / "appendonlydir").glob("*.incr.aof"))
    with log.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nwo")

    with embedded.start(data_dir) as servers:
        assert _words(servers) == ("kept", b"kept")


def test_a_process_that_reused_the_pid_of_a_killed_server_is_left_alone(
    data_dir: Path, bystander: subprocess.Popen[bytes]
) -> None:
    _run(STARTS_WRITES_AND_IS_KILLED, data_dir)
    _kill_servers(data_dir)
    for pid_file in _pid_files(data_dir):
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        pid_file.write_text("\n".join([str(bystander.pid), *lines[1:], ""]), encoding="utf-8")

    with embedded.start(data_dir) as servers:
        assert _words(servers) == ("kept", b"kept")

    assert bystander.poll() is None


def test_a_pid_file_that_names_a_stranger_gets_nobody_killed(
    data_dir: Path, bystander: subprocess.Popen[bytes]
) -> None:
    servers = embedded.start(data_dir, durable=False)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    honest = pid_file.read_text(encoding="utf-8")

    pid_file.write_text(f"{bystander.pid}\n", encoding="utf-8")
    servers.stop()
    still_runs = is_held(data_dir / "locks" / "postgres.lock")
    pid_file.write_text(honest, encoding="utf-8")
    embedded.start(data_dir).stop()

    assert still_runs
    assert bystander.poll() is None
    assert not is_held(data_dir / "locks" / "postgres.lock")


def test_a_set_up_that_ends_in_the_middle_is_told_and_done_again(data_dir: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Unavailable, match="could not set up its data"):
            embedded.start(data_dir)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with embedded.start(data_dir, durable=False) as servers:
        assert is_held(data_dir / "locks" / "postgres.lock")
        assert servers.data_dir == data_dir


@pytest.mark.skipif(os.getuid() != 0, reason="only root can try it as another user")
def test_an_ordinary_user_has_servers_too(data_dir: Path) -> None:
    user = pwd.getpwnam("daemon")
    home = data_dir / "home"
    home.mkdir()
    os.chown(home, user.pw_uid, user.pw_gid)
    # The interpreter may lie in root's home, so the script becomes the user after its imports.
    script = """
import os, pwd, sys
from pathlib import Path
import psycopg, structlog
from service.devkit import embedded
user = pwd.getpwnam("daemon")
os.setgroups([]); os.setgid(user.pw_gid); os.setuid(user.pw_uid)
data_dir = Path(sys.argv[1])
with embedded.start(data_dir, durable=False) as servers:
    with psycopg.connect(servers.database_url.replace("+psycopg", "")) as connection:
        print(connection.execute("SELECT 40 + 2").fetchone()[0])
    print({path.stat().st_uid for path in data_dir.rglob("*")} == {os.getuid()})
"""
    done = _run(script, home / "data")

    assert "\n42\nTrue\n" in done.stdout, done.stderr


def _run(script: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, str(data_dir)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _pid_files(data_dir: Path) -> list[Path]:
    return [data_dir / "postgres" / "postmaster.pid", data_dir / "valkey" / "valkey.pid"]


def _pid(path: Path) -> int:
    return int(path.read_text(encoding="utf-8").split()[0])


def _kill_servers(data_dir: Path) -> None:
    for pid_file in _pid_files(data_dir):
        handle = os.pidfd_open(_pid(pid_file))
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        assert poll.poll(10_000)
        os.close(handle)


def _words(servers: embedded.Embedded) -> tuple[object, object]:
    with psycopg.connect(servers.database_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT word FROM words").fetchone()
    with Redis.from_url(servers.redis_url) as redis:
        return (row[0] if row else None), redis.get("word")
