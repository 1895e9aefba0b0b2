"""Habits of the code that a reader relies on without looking."""

import ast
import re
import tomllib

from tests.rules.code import ROOT, modules

LONGEST = 350
AVOID = re.compile(r"campaign|blast|black_?list", re.IGNORECASE)


def test_every_module_says_what_it_answers_for() -> None:
    """The docstrings together are the map; a module without one is found by luck."""
    missing = {module.place for module in modules() if len(module.docstring) < 15}

    assert missing == set()


def test_no_module_is_longer_than_one_sitting() -> None:
    """The aim is 300 lines. Beyond 350 a module has two ideas and wants to be two modules."""
    long = {
        module.place: module.text.count("\n")
        for module in modules()
        if "migrations/versions" not in module.place and module.text.count("\n") > LONGEST
    }

    assert long == {}


def test_modules_that_say_pure_are_held_to_it_by_the_contract() -> None:
    """The list in pyproject.toml rots on its own: a new pure module would not be checked."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = next(
        each
        for each in settings["tool"]["importlinter"]["contracts"]
        if each["name"] == "Pure modules do no I/O"
    )

    listed = set(contract["source_modules"])
    pure = {module.name for module in modules() if module.is_pure}
    assert pure - listed == set(), "add to the contract"
    assert listed - pure == set(), "take out of the contract, or say `Pure:`"


def test_names_use_the_words_of_the_glossary() -> None:
    """An edition was called a campaign in one product we know, and a send in the next room."""
    wrong = {
        f"{module.place}: {name}"
        for module in modules()
        for name in _names(module.tree)
        if AVOID.search(name)
    }

    assert wrong == set()


def test_an_open_question_is_an_issue() -> None:
    """A TODO without a number is a note to somebody who has left."""
    todo = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d+)")
    found = {
        f"{module.place}:{number}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if todo.search(line)
    }

    assert found == set()


def _names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                names.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.AsyncFunctionDef(name=name) | ast.alias(name=name):
                names.add(name)
            case _:
                pass
    return names
