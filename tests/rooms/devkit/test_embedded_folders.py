"""Where embedded servers live, and whose folders they trust."""

import os
import stat
from pathlib import Path

import pytest

from service.devkit import embedded
from service.devkit.embedded_claims import temporary_data_dir
from service.devkit.embedded_folders import LONGEST_SOCKET_FOLDER, prepare_folders
from service.devkit.postgres import has_database
from service.kit.errors import OperationRefused


def test_locks_and_logs_are_for_the_account_that_runs_crieur(data_dir: Path) -> None:
    """The servers' account must not be able to open a lock: it could hold it for ever."""
    place = prepare_folders(data_dir)

    for path in (place.lock("users"), place.log("postgres")):
        found = path.parent.stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (os.getuid(), 0o700)
    sockets = place.sockets.stat()
    assert (sockets.st_uid, stat.S_IMODE(sockets.st_mode)) == (place.account.uid, 0o700)


def test_servers_of_root_run_as_another_account(data_dir: Path) -> None:
    """PostgreSQL refuses to run as root; for everybody else nothing is changed."""
    account = prepare_folders(data_dir).account

    assert account.uid != 0
    assert account.switched is (os.getuid() == 0)
    assert ("user" in account.popen_options()) is account.switched


@pytest.mark.parametrize("too_long", [0, 1])
def test_sockets_stay_near_as_long_as_their_names_fit(data_dir: Path, too_long: int) -> None:
    """One byte more, and the kernel cuts or refuses the name of PostgreSQL's socket."""
    missing = LONGEST_SOCKET_FOLDER + too_long - len(f"{data_dir}//run")
    deep = data_dir / ("d" * missing)
    deep.mkdir()

    sockets = prepare_folders(deep).sockets

    assert (sockets == deep / "run") is not bool(too_long)
    assert len(str(sockets)) <= LONGEST_SOCKET_FOLDER
    sockets.rmdir()


def test_a_deep_data_folder_gets_its_sockets_elsewhere(data_dir: Path) -> None:
    """A socket's path has 108 bytes at most, and homes may be deep."""
    deep = data_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)

    with embedded.start(deep, durable=False) as servers:
        sockets = Path((deep / "sockets").read_text(encoding="utf-8"))
        with embedded.start(deep, durable=False) as joined:
            assert joined.redis_url == servers.redis_url
        mode = stat.S_IMODE(sockets.stat().st_mode)
        assert has_database(servers.admin_url, "crieur")

    assert len(str(sockets)) < 60
    assert mode == 0o700
    sockets.rmdir()


def test_a_prepared_socket_folder_of_a_stranger_is_not_used(data_dir: Path) -> None:
    """Whoever owns the folder of the sockets answers in the place of the database."""
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


@pytest.mark.skipif(os.getuid() != 0, reason="only root's servers run as another account")
def test_root_hears_where_its_servers_cannot_live(data_dir: Path) -> None:
    """PostgreSQL itself would only say that it cannot enter some folder."""
    private = data_dir / "private"
    private.mkdir(mode=0o700)

    with pytest.raises(OperationRefused, match=r"`nobody` may not enter .*private/data"):
        embedded.start(private / "data")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_data_folder_of_another_user_is_refused(data_dir: Path) -> None:
    """Its owner could replace what root trusts in it: locks, rules, the record of the sockets."""
    theirs = data_dir / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)

    with pytest.raises(OperationRefused, match="belongs to another user"):
        embedded.start(theirs)
