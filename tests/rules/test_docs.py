"""Pages that are wrong are worse than none."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.rules.code import ROOT, modules
from tests.rules.lifecycles import LIFECYCLES, PAGE, VERBS, fill

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
)
HOSTS = ("pypi", "pythonhosted", "npmjs")
INDEX = re.compile(
    rf"\b(?:{'|'.join(HOSTS)})\.(?:org|com)|(?:extra|default)[-_]index|index[-_]url", re.IGNORECASE
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_diagrams_and_tables_of_states_are_those_of_the_code() -> None:
    """`.venv/bin/python -m tests.rules.lifecycles` writes them."""
    page = PAGE.read_text("utf-8")

    assert fill(page) == page


def test_the_verbs_of_transitions_exist_and_each_transition_has_one() -> None:
    """That they are the verbs which make it is tested in delivery/workflow/test_lifecycles.py."""
    named = {verb for verbs in VERBS.values() for made_by in verbs.values() for verb in made_by}
    functions = {
        f"{module.name}.{node.name}".removeprefix("service.")
        for module in modules()
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
    }
    transitions = {
        thing: {
            (before, after) for before in cycle.transitions for after in cycle.transitions[before]
        }
        for thing, cycle in LIFECYCLES.items()
    }

    assert named - functions == set()
    assert {thing: {each for each in VERBS[thing] if each[0]} for thing in VERBS} == transitions


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A renamed page leaves links behind."""
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))

    broken = [
        target
        for target in targets
        if not re.match(r"https?:|mailto:", target) and not (page.parent / target).exists()
    ]
    assert broken == []


def test_files_that_the_map_names_exist() -> None:
    """The table "find it in a minute" that sends one to a missing file costs an hour."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = re.findall(r"`((?:service|workers|templates|tests|deploy|docs)/[\w./*-]+)`", text)

    assert len(named) > 20
    assert [name for name in named if not list(ROOT.glob(name.rstrip("/")))] == []


def test_the_map_tells_every_import_contract() -> None:
    """A contract that nobody has read is met by a red check and switched off."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    names = [each["name"] for each in settings["tool"]["importlinter"]["contracts"]]

    assert [name for name in names if name not in text] == []


def test_nothing_names_a_package_index() -> None:
    """Where packages come from is the machine's business; an address here would break others'."""
    files = [
        *PAGES,
        *ROOT.glob("requirements.lock"),
        *ROOT.glob("deploy/*"),
        *ROOT.glob(".ci/*"),
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
        ROOT / "docker-compose.yml",
    ]

    found = [
        f"{name_of(path)}:{number}"
        for path in files
        if path.is_file()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if INDEX.search(line)
    ]
    assert found == []
