"""What docstrings and comments refer to exists: a name that has moved leads a reader nowhere."""

import re
from pathlib import Path

from tests.rules.code import ROOT, Module, modules

ROOMS = {path.name for path in (ROOT / "service").iterdir() if path.is_dir()}
DOTTED = re.compile(r"`((?:[a-z_]+\.)+[A-Za-z_]+)(?:\(\))?`")
FILE = re.compile(r"`((?:[a-z_]+/)*[a-z_0-9]+\.py)`")


def test_modules_and_their_members_that_are_named_exist() -> None:
    """`service.kit.clock`, `kit.clock.now`, or `clock.now` from its own room."""
    assert {
        f"{module.place}: {name}"
        for module in modules()
        for name in DOTTED.findall(module.text)
        if not name.endswith(".py") and _is_ours(name, module) and not _exists(name, module)
    } == set()


def test_files_that_are_named_exist() -> None:
    """A path from the root, or one beside the module."""
    assert {
        f"{module.place}: {name}"
        for module in modules()
        for name in FILE.findall(module.text)
        if not any((folder / name).exists() for folder in (ROOT, module.path.parent))
    } == set()


def test_modules_that_a_package_lists_are_in_it() -> None:
    """The list in its docstring is its map: two lines of the bench's led to files renamed since."""
    listed = {
        (package.path.parent / name, package.place)
        for package in modules()
        if package.path.name == "__init__.py"
        for line in re.findall(r"^- `.*", package.docstring, re.MULTILINE)
        for name in re.findall(r"`([a-z_]+)/?`", line)
    }

    assert len(listed) > 25
    assert {
        f"{place}: {path.name}"
        for path, place in listed
        if not path.is_dir() and not path.with_suffix(".py").is_file()
    } == set()


def _is_ours(name: str, module: Module) -> bool:
    first = name.partition(".")[0]
    return first in ROOMS | {"service", "workers"} or _beside(first, module).exists()


def _beside(first: str, module: Module) -> Path:
    return module.path.parent / f"{first}.py"


def _exists(name: str, module: Module) -> bool:
    parts = name.split(".")
    if parts[0] not in {"service", "workers"}:
        place = module.path.parent if _beside(parts[0], module).exists() else ROOT / "service"
        parts = [*place.relative_to(ROOT).parts, *parts]
    for end in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:end])
        for path in (folder.with_suffix(".py"), folder / "__init__.py"):
            if path.exists():
                text = path.read_text("utf-8")
                return all(re.search(rf"\b{each}\b", text) for each in parts[end:])
    return False
