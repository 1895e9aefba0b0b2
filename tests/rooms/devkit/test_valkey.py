"""The embedded Valkey is told what Crieur needs of it."""

import os
from pathlib import Path

import pytest
from redis import Redis

from service.devkit.embedded_folders import prepare_folders
from service.devkit.embedded_run import begin_start, stop, wait_ready
from service.devkit.valkey import Valkey


def options_of(server: Valkey) -> dict[str, str]:
    words = list(server.command())[1:]
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize(("durable", "fsync"), [(True, "everysec"), (False, "no")])
def test_jobs_are_kept_and_never_pushed_out(data_dir: Path, durable: bool, fsync: str) -> None:
    """A Valkey that forgets jobs when it is full, or with its process, costs minutes of delay."""
    options = options_of(Valkey(place=prepare_folders(data_dir), durable=durable))

    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == fsync
    assert options["--maxmemory-policy"] == "noeviction"


def test_it_listens_on_a_socket_of_its_own_folder_only(data_dir: Path) -> None:
    """It asks for no password: with a port, everybody on the machine could start jobs."""
    server = Valkey(place=prepare_folders(data_dir), durable=False)

    options = options_of(server)

    assert options["--port"] == "0"
    assert options["--unixsocket"] == str(server.socket)
    assert options["--unixsocketperm"] == "700"


def test_an_odd_folder_has_an_address_that_clients_take(data_dir: Path) -> None:
    """A home such as `/home/Aya Kouassi#1` is legal, and its `#` ends an unquoted address."""
    odd = data_dir / "a b#é"
    odd.mkdir()
    place = prepare_folders(odd)
    server = Valkey(place=place, durable=False)
    before = server.answers()

    wait_ready(server, place, log_start=begin_start(server, place))
    with Redis.from_url(server.url) as redis:
        pong = redis.ping()
    stop(server, place)

    assert (before, pong, server.answers()) == (False, True, False)


def test_what_a_killed_server_left_is_removed(data_dir: Path) -> None:
    """The old pid may be another's by now, and a left socket makes the new server fail."""
    server = Valkey(place=prepare_folders(data_dir), durable=False)
    server.command()
    server.pid_file.write_text(f"{os.getpid()}\n", "utf-8")
    server.socket.touch()

    server.sweep()
    server.sweep()

    assert not server.pid_file.exists()
    assert not server.socket.exists()


def test_a_server_that_is_not_there_cannot_be_asked_to_stop(data_dir: Path) -> None:
    """The caller then tries a signal; taken for done, it would wait for half a minute."""
    assert not Valkey(place=prepare_folders(data_dir), durable=False).ask_to_stop()
