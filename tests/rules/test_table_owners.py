"""Every table is written by its own room, also in SQL text.

A room that writes another one's table bypasses the checks of the room whose table it is, and
nobody who reads that room sees it.
"""

import ast
import importlib
import re
from collections.abc import Iterator

import pytest
import sqlglot
from sqlalchemy import TextClause
from sqlglot import exp

from service.kit.db import Base
from tests.rules.code import Module, modules

ALLOWED = {
    ("service.delivery.workflow.queries.editions", "edition"): (
        "one statement decides and writes: an edition is finished only if none of its deliveries "
        "is open at that moment"
    ),
    ("service.devkit.bench.dataset", "subscriber"): "a benchmark's readers, a million a minute",
    ("service.devkit.bench.dataset", "subscription"): "a benchmark's readers, a million a minute",
    ("service.devkit.bench.choices", "subscription"): "a benchmark's choices of sections",
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


def owners() -> dict[str, str]:
    """Return the room by table."""
    return {
        mapper.local_table.name: _room(mapper.class_.__module__)  # type: ignore[attr-defined]  # Always a table here.
        for mapper in Base.registry.mappers
    }


def mapped_classes() -> dict[str, str]:
    """Return the table by the name of its mapped class."""
    return {
        mapper.class_.__name__: mapper.local_table.name  # type: ignore[attr-defined]  # Always a table here.
        for mapper in Base.registry.mappers
    }


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


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


def statements_of(module: Module) -> Iterator[str]:
    """The statements that a module has when it is loaded: put together, as they are executed."""
    if "text(" not in module.text:
        return
    for value in vars(importlib.import_module(module.name)).values():
        if isinstance(value, TextClause):
            yield str(value)


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
    classes, written = mapped_classes(), set()
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
    classes = mapped_classes()
    by_name = {_snake(name): table for name, table in classes.items() if name in module.text}
    for node in ast.walk(module.tree):
        annotation = node.annotation if isinstance(node, ast.arg) else None
        if isinstance(node, ast.arg) and isinstance(annotation, ast.Name):
            by_name |= {node.arg: classes[annotation.id]} if annotation.id in classes else {}
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


def violations() -> dict[tuple[str, str], str]:
    """Return how which module writes a table that is not its own."""
    owner, found = owners(), {}
    for module in product():
        by_sql = set().union(*(tables_written_by(sql) for sql in statements_of(module)))
        ways = {
            "SQL": by_sql | written_in_strings(module),
            "a mapped class": written_by_orm(module),
            "an attribute": written_by_attribute(module),
        }
        for way, tables in ways.items():
            for table in tables & owner.keys():
                if owner[table] != _room(module.name):
                    found[module.name, table] = way
    return found


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
            missing := (written_in_strings(module) & owners().keys())
            - set().union(*(tables_written_by(sql) for sql in statements_of(module)))
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
