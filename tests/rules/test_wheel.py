"""What is not in the wheel exists on developers' machines only."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.rules.code import ROOT


def test_the_wheel_holds_every_file_of_the_product(tmp_path: Path) -> None:
    """Modules, templates of pages and mails, wording, patterns, static files and migrations."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]

    subprocess.run(
        [*build, "--directory", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {*_files("service"), *_files("workers"), *_templates()}


def _files(folder: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _templates() -> set[str]:
    return {name.replace("templates/", "service/_templates/", 1) for name in _files("templates")}
