"""What docstrings and comments refer to exists: a name that has moved leads a reader nowhere."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.code import ROOT, Module, modules

ROOMS = {path.name for path in (ROOT / "service").iterdir() if path.is_dir()}
DOTTED = re.compile(r"`((?:[a-z_]+\.)+[A-Za-z_]+)(?:\(\))?`")
NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\(\))?`")
RAISED = re.compile(r"^ +([A-Z]\w+): ", re.MULTILINE)
NAMES_OF_OTHERS = (
    *("permerror", "pool_pre_ping", "fr_CI", "OFR_506", "CRIEUR_FORWARDED_ALLOW_IPS"),
    *("room", "happened", "proof", "js"),
)
"""Results of SPF, a provider's code, settings of libraries, patterns and files of other kinds."""
FILE = re.compile(r"`((?:[a-z_]+/)*[a-z_0-9]+\.py)`")


def test_modules_and_their_members_that_are_named_exist() -> None:
    """`service.kit.clock`, `kit.clock.now`, or `clock.now` from its own room."""
    assert {
        f"{module.place}: {name}"
        for module in modules()
        for name in DOTTED.findall(module.text)
        if not name.endswith(".py") and _is_ours(name, module) and not _exists(name, module)
    } == set()


def test_names_in_docstrings_exist() -> None:
    """A parameter, a class, an error that is raised: the code has the word, too."""
    known = {*dir(builtins), *NAMES_OF_OTHERS}
    known |= {word for module in modules() for word in _code_words(module)}
    named = [(module.place, name) for module in modules() for name in _names_in_docstrings(module)]

    assert len(named) > 500
    assert {
        f"{place}: {name}" for place, name in named if not known.issuperset(name.split("."))
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


def _names_in_docstrings(module: Module) -> Iterator[str]:
    for node in _docstrings(module.tree):
        text = str(node.value)
        yield from NAME.findall(text)
        _, raises, errors = text.partition("Raises:\n")
        yield from RAISED.findall(errors) if raises else ()


def _code_words(module: Module) -> Iterator[str]:
    """Yield the words of a module's name, of its identifiers and of its strings."""
    yield from module.name.split(".")
    docstrings = {id(node) for node in _docstrings(module.tree)}
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield from re.findall(r"\w+", text)
            case (
                ast.Name(id=str(name))
                | ast.Attribute(attr=str(name))
                | ast.arg(arg=str(name))
                | ast.keyword(arg=str(name))
                | ast.alias(name=str(name))
                | ast.FunctionDef(name=str(name))
                | ast.AsyncFunctionDef(name=str(name))
                | ast.ClassDef(name=str(name))
            ):
                yield from name.split(".")
            case _:
                pass


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the texts that stand alone: docstrings, those of constants included."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as text):
                yield text
            case _:
                pass


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
