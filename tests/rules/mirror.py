"""Which test belongs to a module: `tests/rooms/<room>/test_<module>.py` mirrors the code."""

import ast
from pathlib import PurePosixPath

from tests.rules.code import ROOT, Module

FEW = 8
"""Statements in functions that a module may have without being worth a test of its own."""

# Mapped rows and SQL text show their behaviour through the verbs that use them.
STORED = ("tables", "queries")


def mirrored_test(place: str) -> str:
    """Return where the test of a module such as `service/kit/clock.py` belongs."""
    path = PurePosixPath(place)
    room = path.parent if path.parts[0] == "workers" else path.parent.relative_to("service")
    return str(PurePosixPath("tests/rooms") / room / f"test_{path.name}")


def has_tests(place: str) -> bool:
    """Return whether the test of a module is there, and more than an empty file."""
    test = ROOT / mirrored_test(place)
    return test.exists() and "def test_" in test.read_text("utf-8")


def deserves_a_test(module: Module) -> bool:
    """Return whether a module decides something: not a package, rows, SQL or a few lines."""
    path = PurePosixPath(module.place)
    if path.name.startswith("__") or path.parts[1] == "migrations":
        return False
    if any(part in STORED or part.endswith("_queries") for part in path.with_suffix("").parts):
        return False
    return _statements(module.tree) > FEW


def _statements(tree: ast.Module) -> int:
    functions = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return sum(
        isinstance(inner, ast.stmt) and not _is_text(inner)
        for function in functions
        for inner in ast.walk(function)
        if inner is not function
    )


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
