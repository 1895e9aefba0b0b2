"""A server is brought up and down once, whatever state it was left in.

Servers that are killed at work are tried in tests/faults/test_embedded_killed.py.
"""

from pathlib import Path

import pytest

from service.devkit import embedded
from service.devkit.embedded_folders import ServerFolders, prepare_folders
from service.devkit.embedded_locks import FileLock, is_held
from service.devkit.embedded_run import LARGEST_LOG, begin_start, last_lines, stop, wait_ready
from service.devkit.valkey import Valkey
from service.kit.errors import Unavailable


@pytest.fixture
def place(data_dir: Path) -> ServerFolders:
    return prepare_folders(data_dir)


@pytest.fixture
def server(place: ServerFolders) -> Valkey:
    return Valkey(place=place, durable=False)


def start(server: Valkey, place: ServerFolders) -> None:
    wait_ready(server, place, log_start=begin_start(server, place))


def test_a_server_that_runs_is_not_started_again(server: Valkey, place: ServerFolders) -> None:
    """Two servers on one folder destroy its data; the second Crieur joins the first's."""
    start(server, place)
    pid = server.pid_file.read_text("utf-8")

    start(server, place)

    assert server.pid_file.read_text("utf-8") == pid
    stop(server, place)


def test_a_stopped_server_is_gone_when_stopping_returns(
    server: Valkey, place: ServerFolders
) -> None:
    """Its folder is removed right afterwards, or it is started again."""
    start(server, place)
    running = is_held(place.lock("valkey"))

    stop(server, place)
    stop(server, place)

    assert running
    assert not is_held(place.lock("valkey"))
    assert not server.answers()


def test_a_server_that_lives_and_does_not_answer_is_told_from_one_that_ended(
    server: Valkey, place: ServerFolders
) -> None:
    """One is waited for a little longer, for the other the log says why it ended."""
    place.log("valkey").write_text("Out of memory\n", "utf-8")
    lock = FileLock(place.lock("valkey"))
    lock.try_exclusive()

    with pytest.raises(Unavailable, match=r"(?s)valkey was not ready in time.*Out of memory"):
        wait_ready(server, place, log_start=0, patience=0)
    lock.close()
    with pytest.raises(Unavailable, match=r"(?s)valkey stopped while starting.*Out of memory"):
        wait_ready(server, place, log_start=0)


def test_a_large_log_is_put_aside_once(server: Valkey, place: ServerFolders) -> None:
    """A demonstration that runs for weeks must not fill the disk with its servers' logs."""
    path = place.log("valkey")
    with path.open("wb") as log:
        log.truncate(LARGEST_LOG + 1)

    start(server, place)
    stop(server, place)

    assert path.with_suffix(".log.1").stat().st_size == LARGEST_LOG + 1
    assert 0 < path.stat().st_size < LARGEST_LOG


def test_a_server_that_cannot_start_says_what_its_log_says(data_dir: Path) -> None:
    """Only the server knows which line of its configuration is wrong."""
    with embedded.start(data_dir, durable=False):
        pass
    (data_dir / "postgres" / "postgresql.auto.conf").write_text("max_connections = many\n")

    with pytest.raises(Unavailable, match='invalid value for parameter "max_connections"'):
        embedded.start(data_dir, durable=False)
    assert not is_held(data_dir / "locks" / "valkey.lock")


def test_the_end_of_a_log_begins_with_this_start(tmp_path: Path) -> None:
    """The last start's error, shown again, would send people after a fault that is repaired."""
    log = tmp_path / "postgres.log"
    log.write_text("old error\n", "utf-8")
    since = log.stat().st_size
    nothing_yet = last_lines(log, since=since)
    with log.open("a", encoding="utf-8") as file:
        file.writelines(f"line {number}\n" for number in range(20))

    assert nothing_yet == "(nothing)"
    assert last_lines(log, since=since, count=3) == "line 17\nline 18\nline 19"
    assert last_lines(log, since=since).splitlines()[0] == "line 8"
    assert last_lines(tmp_path / "none.log") == "(no log)"


def test_a_log_of_one_endless_line_is_cut(tmp_path: Path) -> None:
    """The end is for a sentence on a terminal, and may begin in the middle of a character."""
    log = tmp_path / "postgres.log"
    log.write_text("é" * 100_000, "utf-8")

    assert len(last_lines(log)) <= 4_000
