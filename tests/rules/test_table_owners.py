"""Every table is written by its own room, also in SQL text.

A room that writes another one's table bypasses the checks of the room whose table it is, and
nobody who reads that room sees it.
"""

import ast
import importlib
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import cache

import pytest
import sqlglot
from sqlalchemy import TextClause
from sqlglot import exp

from tests.rules.code import Module, modules
from tests.rules.tables import room_of, rooms_by_table, tables_by_class

ALLOWED = {
    ("service.delivery.workflow.queries.editions", "edition"): (
        "one statement decides and writes: an edition is finished only if none of its deliveries "
        "is open at that moment"
    ),
    ("service.devkit.bench.dataset", "article"): "a benchmark's articles, 100,000 in seconds",
    ("service.devkit.bench.dataset", "subscriber"): "a benchmark's readers, a million a minute",
    ("service.devkit.bench.dataset", "subscription"): "a benchmark's readers, a million a minute",
}
"""Who else may write which table, and why."""

_WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?"
    r"|(?<!FOR )UPDATE(?!\s+OF\b|\s+SET\b))\s+(?:ONLY\s+)?(?P<table>[a-z_]+)"
)
_STATEMENTS = {"insert", "update", "delete"}


def product() -> list[Module]:
    """The modules of rooms and entry points; migrations write every table by their nature."""
    return [each for each in modules() if ".migrations" not in each.name]


def tables_written_by(sql: str) -> set[str]:
    """Return the tables that a statement inserts into, updates or deletes from."""
    written: set[str] = set()
    for statement in sqlglot.parse(sql, dialect="postgres"):
        assert statement is not None
        for node in statement.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge):
            target = node.this.this if isinstance(node.this, exp.Schema) else node.this
            assert isinstance(target, exp.Table), f"no table in {node.sql()[:80]}"
            written.add(target.name)
    return written


@cache
def written_by_statements(module: Module) -> frozenset[str]:
    """The tables that the statements of a module write: put together, as they are executed."""
    if "text(" not in module.text:
        return frozenset()
    loaded = vars(importlib.import_module(module.name)).values()
    listed = [each for value in loaded if isinstance(value, dict) for each in value.values()]
    statements = [str(value) for value in (*loaded, *listed) if isinstance(value, TextClause)]
    return frozenset(table for sql in statements for table in tables_written_by(sql))


def written_in_strings(module: Module) -> set[str]:
    """The tables that strings name behind a word that writes: pieces of statements, too."""
    docstrings = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        found["table"]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in docstrings
        for found in _WRITE.finditer(node.value)
    }


def written_by_orm(module: Module) -> set[str]:
    """The tables whose mapped class a module makes, or names in an insert, update or delete."""
    classes, written = tables_by_class(), set()
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else None
        if called in classes:
            written.add(classes[called])
        first = node.args[0] if node.args else None
        if called in _STATEMENTS and isinstance(first, ast.Name) and first.id in classes:
            written.add(classes[first.id])
    return written


def written_by_attribute(module: Module) -> set[str]:
    """The tables of which a row's attribute is set, or which is added or deleted.

    As far as an annotation or a variable's name says which table a row belongs to.
    """
    classes = tables_by_class()
    by_name = {_snake(name): table for name, table in classes.items() if name in module.text}
    for node in ast.walk(module.tree):
        match node:
            case ast.arg(arg=name, annotation=ast.Name(id=annotated)) if annotated in classes:
                by_name[name] = classes[annotated]
            case _:
                pass
    deleted = {
        by_name[node.args[0].id]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"add", "delete", "merge"} and node.args
        if isinstance(node.args[0], ast.Name) and node.args[0].id in by_name
    }
    targets = [
        target
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return deleted | {
        by_name[target.value.id]
        for target in targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
        if target.value.id in by_name
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@cache
def writes() -> frozenset[tuple[str, str, str]]:
    """Return which module writes which table in which way."""
    ways: dict[str, Callable[[Module], AbstractSet[str]]] = {
        "SQL": written_by_statements,
        "a string": written_in_strings,
        "a mapped class": written_by_orm,
        "an attribute": written_by_attribute,
    }
    return frozenset(
        (module.name, table, way)
        for module in product()
        for way, find in ways.items()
        for table in find(module) & rooms_by_table().keys()
    )


def violations() -> dict[tuple[str, str], str]:
    """Return how which module writes a table that is not its own."""
    owner = rooms_by_table()
    return {
        (module, table): way for module, table, way in writes() if owner[table] != room_of(module)
    }


def test_each_way_of_writing_is_seen() -> None:
    """A search that finds no writes finds no stranger's, either."""
    owner = rooms_by_table()
    own = {(table, way) for module, table, way in writes() if owner[table] == room_of(module)}

    assert owner.keys() - {table for table, _ in own} == set()
    assert len({way for _, way in own}) == 4


def test_each_table_is_written_by_its_own_room() -> None:
    strangers = {key: way for key, way in violations().items() if key not in ALLOWED}

    assert strangers == {}


def test_every_exception_is_still_needed() -> None:
    assert ALLOWED.keys() - violations().keys() == set()


def test_what_strings_write_is_what_their_statements_write() -> None:
    """Or a statement is put together where it is executed, and the parser never sees it."""
    unseen = {
        module.name: sorted(missing)
        for module in product()
        if ".devkit." not in module.name
        if (
            missing := (written_in_strings(module) & rooms_by_table().keys())
            - written_by_statements(module)
        )
    }

    assert unseen == {}


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT id FROM edition FOR UPDATE OF edition SKIP LOCKED", set()),
        ("WITH a AS (UPDATE batch SET x = 1 RETURNING id) DELETE FROM tally", {"batch", "tally"}),
        ("INSERT INTO home (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET id = 1", {"home"}),
    ],
)
def test_the_tables_that_a_statement_writes_are_found(sql: str, tables: set[str]) -> None:
    assert tables_written_by(sql) == tables
