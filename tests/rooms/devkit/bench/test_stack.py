"""An installation for a measurement runs its daemons, and notices when they die."""

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
import pytest

from service.boot import Runtime
from service.config import Settings
from service.devkit.bench.dataset import libpq_url
from service.devkit.bench.stack import BenchStack, StackOptions, open_stack
from service.devkit.processes import DaemonCommand
from service.kit.errors import Unavailable

CONNECTS = """
import socket, sys, threading
print("serving", flush=True)
socket.create_connection(("127.0.0.1", int(sys.argv[1]))).sendall(b"!")
if sys.argv[2] == "dies":
    sys.exit("no more memory")
threading.Event().wait()
"""


def a_daemon(name: str, port: int, does: str) -> DaemonCommand:
    argv = [sys.executable, "-c", CONNECTS, str(port), does]
    return DaemonCommand(name=name, argv=argv, env={})


def a_stack(runtime: Runtime, folder: Path, commands: Sequence[DaemonCommand]) -> BenchStack:
    return BenchStack(
        runtime=runtime,
        url="postgresql://nowhere",
        folder=folder,
        commands={each.name: each for each in commands},
        log=(folder / "daemons.log").open("w", encoding="utf-8", buffering=1),
        postgres_pid=None,
    )


def test_settings_of_the_bench_reach_database_relay_and_daemons(data_dir: Path) -> None:
    """A daemon that took its relay from the shell would send invented messages to real relays."""
    heard: list[tuple[Settings, Mapping[str, str]]] = []

    def commands(settings: Settings, changes: Mapping[str, str]) -> Sequence[DaemonCommand]:
        heard.append((settings, changes))
        return []

    wish = StackOptions(connections=7, processes=3, dkim_keys="bench.example.org:bench:/k.pem")
    with open_stack(data_dir, wish, port=2525, commands=commands) as stack:
        with psycopg.connect(libpq_url(stack.url)) as connection:
            migrated = connection.execute("SELECT count(*) FROM edition").fetchone()
        cost = stack.postgres_cost()

    ((settings, environment),) = heard
    relay = "smtp://127.0.0.1:2525?starttls=never"
    assert migrated == (0,)
    assert [each.get_secret_value() for each in settings.smtp_url] == [relay]
    assert settings.smtp_connections == 7
    assert environment["CRIEUR_SMTP_URL"] == relay
    assert environment["CRIEUR_SMTP_CONNECTIONS"] == "7"
    assert environment["CRIEUR_WORKER_PROCESSES"] == "3"
    assert environment["CRIEUR_DKIM_KEYS"] == wish.dkim_keys
    assert environment["CRIEUR_DATA_DIR"] == str(data_dir)
    if sys.platform == "linux":
        assert cost is not None


def test_a_daemon_that_dies_ends_the_measurement_with_its_last_words(
    runtime: Runtime, tmp_path: Path
) -> None:
    """The supervisor starts it again, and a run with a restart in it would only look slow."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        worker = a_daemon("worker", listening.getsockname()[1], "dies")
        stack = a_stack(runtime, tmp_path, [worker])

        def measure() -> None:
            with stack.log, stack.running("worker"):
                for _ in range(2):  # It can only come again when its death was noticed.
                    listening.accept()[0].close()

        with pytest.raises(Unavailable, match=r"(?s)The worker died .*no more memory"):
            measure()


def test_all_processes_of_a_daemon_run_and_no_other_daemon(
    runtime: Runtime, tmp_path: Path
) -> None:
    """The scheduler starts only when a run begins; before, it would send what is not measured."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        names = ("worker-1", "worker-2", "scheduler")
        stack = a_stack(runtime, tmp_path, [a_daemon(each, port, "stays") for each in names])

        with stack.log, stack.running("worker") as workers:
            for _ in range(2):
                listening.accept()[0].close()
            running = workers.pids

    assert set(running) == {"worker-1", "worker-2"}
    for pid in running.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_end_of_the_log_is_short(runtime: Runtime, tmp_path: Path) -> None:
    """A worker's whole log does not fit on a terminal; its end says what happened."""
    stack = a_stack(runtime, tmp_path, [])
    with stack.log as log:
        log.writelines(f"line {number}\n" for number in range(100))

    words = stack.last_words().splitlines()

    assert words[0] == "The daemons' log ends:"
    assert words[1:] == [f"line {number}" for number in range(88, 100)]
