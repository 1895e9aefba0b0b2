"""What `make check` lets stand although no code of ours calls it."""

import ast
import tomllib
from fnmatch import fnmatchcase

from tests.rules.code import ROOT, modules


def test_what_is_excused_from_being_called_still_exists() -> None:
    """An excuse that outlives its reason covers the next dead function of that name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["vulture"]
    defined = {
        name for module in modules() for node in ast.walk(module.tree) for name in _defined(node)
    }

    stale = {
        excused
        for excused in settings["ignore_names"]
        if not any(fnmatchcase(name, excused) for name in defined)
    }
    assert stale == set()


def _defined(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return (name,)
        case ast.ImportFrom(names=names):
            return tuple(alias.name for alias in names)
        case _:
            return ()
