"""The embedded PostgreSQL: who may enter, what a power cut costs, which data it takes."""

from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from service.devkit import embedded
from service.devkit.embedded_folders import ServerFolders, prepare_folders
from service.devkit.postgres import Postgres, has_database
from service.kit.errors import Unavailable


@pytest.fixture
def place(data_dir: Path) -> ServerFolders:
    """Folders with a cluster that needs no setting up: no server is started on it."""
    cluster = data_dir / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("18\n", "ascii")
    return prepare_folders(data_dir)


def settings_of(server: Postgres) -> dict[str, str]:
    words = list(server.command())
    given = [value for option, value in pairwise(words) if option == "-c"]
    return dict(setting.split("=", 1) for setting in given)


def test_what_was_committed_survives_a_power_cut_unless_it_is_a_tests(
    place: ServerFolders,
) -> None:
    """The ledger is believed: `crieur up` must wait for the disk, and tests need not."""
    lasting = settings_of(Postgres(place=place, durable=True))
    quick = settings_of(Postgres(place=place, durable=False))

    loosened = {name: value for name, value in quick.items() if lasting.get(name) != value}
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & set(lasting)
    assert loosened == {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def test_only_the_account_that_runs_crieur_may_enter(place: ServerFolders) -> None:
    """There is no password: the kernel says who asks, and no port is open."""
    settings = settings_of(Postgres(place=place, durable=True))

    assert settings["listen_addresses"] == ""
    assert settings["unix_socket_permissions"] == "0700"
    assert Path(settings["hba_file"]).read_text("utf-8") == "local all all peer map=crieur\n"
    ident = Path(settings["ident_file"]).read_text("utf-8")
    assert ident == f'crieur "{place.account.ours}" crieur\n'


def test_the_rules_are_no_files_that_the_server_could_replace(place: ServerFolders) -> None:
    """As root we write them: a link planted in the server's own folder would be written through."""
    settings = settings_of(Postgres(place=place, durable=True))

    for name in ("hba_file", "ident_file"):
        path = Path(settings[name])
        assert path.parent == place.data_dir / "config"
        assert path.stat().st_mode & 0o022 == 0


def test_data_of_another_postgresql_is_not_touched(place: ServerFolders) -> None:
    """A newer server refuses the files of an older one, in words that name no way out."""
    (place.data_dir / "postgres" / "PG_VERSION").write_text("17\n", "ascii")

    with pytest.raises(Unavailable, match="made by PostgreSQL 17"):
        embedded.start(place.data_dir, durable=False)

    assert [each.name for each in (place.data_dir / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_database_is_addressed_by_the_socket_folder(place: ServerFolders) -> None:
    """The slashes of the folder would otherwise end the name of the database."""
    url = Postgres(place=place, durable=True).url("crieur")

    assert url.startswith("postgresql+psycopg://crieur@/crieur?host=%2F")
    assert "/" not in url.partition("host=")[2]


def test_a_killed_servers_traces_are_removed(place: ServerFolders) -> None:
    """PostgreSQL refuses to start beside a pid that is alive, though it be a stranger's."""
    server = Postgres(place=place, durable=True)
    left = [
        server.pid_file,
        place.sockets / ".s.PGSQL.5432",
        place.sockets / ".s.PGSQL.5432.lock",
    ]
    for path in left:
        path.touch()

    server.sweep()
    server.sweep()

    assert not any(path.exists() for path in left)
    assert not server.answers()


def test_databases_are_copied_from_a_template_and_dropped_in_use(
    servers: embedded.Embedded, template: str
) -> None:
    """Every test has a database of its own, which goes while a connection still hangs on it."""
    name = 'odd "name"'
    embedded.create_database(servers.admin_url, name, template=template)
    there = has_database(servers.admin_url, name)
    copy = servers.admin_url.replace("/postgres?", "/odd%20%22name%22?").replace("+psycopg", "")

    with psycopg.connect(copy, autocommit=True) as connection:
        copied = connection.execute("SELECT count(*) FROM edition").fetchone()
        embedded.drop_database(servers.admin_url, name)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    assert copied == (0,)
    assert there
    assert not has_database(servers.admin_url, name)
