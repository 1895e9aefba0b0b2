"""The embedded servers on good days."""

import os
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
from dramatiq.brokers.redis import RedisBroker
from redis import Redis
from sqlalchemy import create_engine, text

from service.devkit import embedded
from service.devkit.embedded_claims import temporary_data_dir
from service.devkit.embedded_locks import is_held
from service.kit.errors import OperationRefused


def test_servers_take_sqlalchemy_redis_and_dramatiq_addresses(data_dir: Path) -> None:
    with embedded.start(data_dir, durable=False) as servers:
        engine = create_engine(servers.database_url)
        with engine.connect() as connection:
            asked = connection.execute(
                text(
                    "SELECT current_setting('timezone'), pg_encoding_to_char(encoding), datlocale"
                    " FROM pg_database WHERE datname = 'crieur'"
                )
            ).one()
            listening = connection.scalar(text("SELECT current_setting('listen_addresses')"))
        engine.dispose()
        with Redis.from_url(servers.redis_url) as redis:
            policy = redis.config_get("maxmemory-policy")
            port = redis.config_get("port")
        broker = RedisBroker(url=servers.redis_url)  # type: ignore[no-untyped-call]  # dramatiq has no types here
        pong = broker.client.ping()
        broker.close()
        broker.client.close()

    assert tuple(asked) == ("UTC", "UTF8", "C.UTF-8")
    assert listening == ""
    assert policy == {"maxmemory-policy": "noeviction"}
    assert port == {"port": "0"}
    assert pong is True


def test_the_last_user_to_leave_stops_the_servers(data_dir: Path) -> None:
    first = embedded.start(data_dir, durable=False)
    second = embedded.start(data_dir, durable=False)

    first.stop()
    with psycopg.connect(_plain(second.database_url)) as connection:
        still_there = connection.execute("SELECT 1").fetchone()
    second.stop()

    assert still_there == (1,)
    assert not is_held(data_dir / "locks" / "postgres.lock")
    assert not is_held(data_dir / "locks" / "valkey.lock")


def test_data_is_there_after_a_clean_restart(data_dir: Path) -> None:
    with embedded.start(data_dir) as servers, Redis.from_url(servers.redis_url) as redis:
        _write(servers.database_url, "café")
        redis.set("word", "café")

    with embedded.start(data_dir) as servers, Redis.from_url(servers.redis_url) as redis:
        assert _read(servers.database_url) == ["café"]
        assert redis.get("word") == "café".encode()


def test_two_instances_stand_side_by_side(data_dir: Path) -> None:
    with (
        temporary_data_dir() as other_dir,
        embedded.start(data_dir, durable=False) as one,
        embedded.start(other_dir, durable=False) as other,
    ):
        _write(one.database_url, "one")
        _write(other.database_url, "other")

        assert _read(one.database_url) == ["one"]
        assert _read(other.database_url) == ["other"]
        assert one.redis_url != other.redis_url


def test_databases_are_copied_from_a_template_and_dropped_in_use(data_dir: Path) -> None:
    with embedded.start(data_dir, durable=False) as servers:
        _write(servers.database_url, "model")
        embedded.create_database(servers.admin_url, 'odd "name"', template="crieur")
        copy = servers.admin_url.replace("/postgres?", "/odd%20%22name%22?")

        assert _read(copy) == ["model"]
        with psycopg.connect(_plain(copy), autocommit=True) as connection:
            embedded.drop_database(servers.admin_url, 'odd "name"')
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")


def test_a_deep_data_folder_gets_its_sockets_elsewhere(data_dir: Path) -> None:
    deep = data_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)

    with embedded.start(deep, durable=False) as servers:
        sockets = Path((deep / "sockets").read_text(encoding="utf-8"))
        with embedded.start(deep, durable=False) as joined:
            assert joined.redis_url == servers.redis_url
        mode = stat.S_IMODE(sockets.stat().st_mode)
        _write(servers.database_url, "deep")

    assert len(str(sockets)) < 60
    assert mode == 0o700
    sockets.rmdir()


def test_a_prepared_socket_folder_of_a_stranger_is_not_used(data_dir: Path) -> None:
    deep = data_dir / ("d" * 110)
    deep.mkdir()
    deep.chmod(0o711)
    with temporary_data_dir() as open_to_all:
        open_to_all.chmod(0o777)
        (deep / "sockets").write_text(str(open_to_all), encoding="utf-8")

        with embedded.start(deep, durable=False) as servers:
            assert open_to_all.name not in servers.redis_url
            made = Path((deep / "sockets").read_text(encoding="utf-8"))
    made.rmdir()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can try it as somebody else")
def test_a_stranger_on_the_machine_reaches_neither_server(data_dir: Path) -> None:
    with embedded.start(data_dir, durable=False) as servers:
        socket = servers.redis_url.removeprefix("unix://").partition("?")[0]
        tried = subprocess.run(
            ["/bin/sh", "-c", 'test -e "$1"', "sh", socket],
            check=False,
            user=12345,
            group=12345,
            extra_groups=[],
        )

    assert tried.returncode == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root's servers run as another account")
def test_root_hears_where_its_servers_cannot_live(data_dir: Path) -> None:
    private = data_dir / "private"
    private.mkdir(mode=0o700)

    with pytest.raises(OperationRefused, match=r"`nobody` may not enter .*private/data"):
        embedded.start(private / "data")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_data_folder_of_another_user_is_refused(data_dir: Path) -> None:
    theirs = data_dir / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)

    with pytest.raises(OperationRefused, match="belongs to another user"):
        embedded.start(theirs)


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _write(url: str, word: str) -> None:
    with psycopg.connect(_plain(url)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def _read(url: str) -> list[str]:
    with psycopg.connect(_plain(url)) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM words").fetchall()]
