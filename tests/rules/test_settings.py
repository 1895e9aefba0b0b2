"""An operator reads `.env.example` and nothing else: what is not there does not exist for them."""

import re
from pathlib import Path

from service.config import Settings
from tests.rules.code import ROOT

EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
LINE = re.compile(r"^#?(CRIEUR_\w+)=(.*)$", re.MULTILINE)
NAME = re.compile(r"\bCRIEUR_[A-Z][A-Z0-9_]*\b")
FIELDS = {f"CRIEUR_{name.upper()}": name for name in Settings.model_fields}


def test_every_setting_is_in_the_example_once() -> None:
    """A setting that nobody can find is set in the code instead."""
    assert sorted(name for name, _ in LINE.findall(EXAMPLE)) == sorted(FIELDS)


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    """The values that stand there are read as an operator's own would be."""
    values = {name: value for name, value in LINE.findall(EXAMPLE) if value}
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")

    told = Settings(_env_file=file)

    default = Settings(_env_file=None)
    for variable, name in FIELDS.items():
        if name != "data_dir":  # It differs between root and everybody else.
            assert getattr(told, name) == getattr(default, name), variable


def test_a_setting_without_a_value_in_the_example_has_none_by_default() -> None:
    """An empty line that hides a default would be copied and break the start."""
    default = Settings(_env_file=None)

    for variable, value in LINE.findall(EXAMPLE):
        if not value:
            assert not getattr(default, FIELDS[variable]), variable


def test_every_setting_is_explained() -> None:
    """A comment stands above each, or above the lines that it shares with the next."""
    blocks = re.split(r"\n\s*\n", EXAMPLE)

    for block in blocks:
        if LINE.search(block):
            assert re.match(r"# \S", block), block


def test_what_is_called_like_a_setting_is_one() -> None:
    """How much tests send was; production had to know it, or the doctor took it for a typo."""
    files = [
        ROOT / "Makefile",
        *(
            path
            for folder in ("service", "workers", "tests/faults", "tests/wire")
            for path in (ROOT / folder).rglob("*.py")
        ),
    ]

    named = {name: path for path in files for name in NAME.findall(path.read_text("utf-8"))}

    assert {name: path for name, path in named.items() if name not in FIELDS} == {}
