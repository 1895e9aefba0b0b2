"""The wheel is what production installs: the whole product, and nothing of a developer's tools."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from service.cli.main import DEVELOPER_NOUNS, NOUNS
from tests.rules.code import ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation of the wheel holds, without its metadata."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", str(folder)], cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_holds_every_file_of_the_product(unpacked: Path) -> None:
    """Modules, templates of pages and messages, wording, patterns, static files, migrations."""
    packed = {name for name in _files(unpacked) if ".dist-info/" not in name}

    assert packed == {
        *(name for name in _tree("service") if not _is_for_developers(name)),
        *_tree("workers"),
        *(name.replace("templates/", "service/_templates/", 1) for name in _tree("templates")),
    }


def test_an_installation_offers_what_production_runs(unpacked: Path) -> None:
    """On an operator's server `crieur demo` and `crieur bench` would fail at an import."""
    shown = _crieur(unpacked, "--help")

    assert shown.returncode == 0, shown.stderr
    commands, _, _ = shown.stdout.partition("Commands:\n")[2].partition("\n\n")
    offered = {line.split()[0] for line in commands.splitlines()}
    assert offered == set(NOUNS) - set(DEVELOPER_NOUNS)
    refused = _crieur(unpacked, "demo")
    assert refused.returncode == 2
    assert "No such command" in refused.stderr


def _is_for_developers(name: str) -> bool:
    return name in {
        "service/cli/bench.py",
        "service/cli/bench_output.py",
        "service/cli/demo.py",
    } or (name.startswith("service/devkit/") and name.count("/") > 2)


def _crieur(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command from the modules in `folder`, which come before those of the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _tree(folder: str) -> set[str]:
    return {f"{folder}/{name}" for name in _files(ROOT / folder)}


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
