"""The embedded servers on good days."""

import os
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


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _write(url: str, word: str) -> None:
    with psycopg.connect(_plain(url)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def _read(url: str) -> list[str]:
    with psycopg.connect(_plain(url)) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM words").fetchall()]
