"""Entry points receive read models: frozen dataclasses, never a mapped row of a room's tables."""

import ast
from collections.abc import Iterator

from tests.rules.code import Module, modules
from tests.rules.tables import tables_by_class

ENTRY_POINTS = ("service.web.", "service.cli.", "service.scheduler.", "workers.")


def test_no_verb_module_hands_on_a_mapped_class() -> None:
    """A page that holds a mapped row can write to the database by setting an attribute.

    `from service.<room>.tables import X as X` was how entry points came by the type although the
    import contract forbids them the tables.
    """
    handed_on = {
        f"{module.name}: {alias.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".tables")
        for alias in node.names
        if alias.asname == alias.name
    }

    assert handed_on == set()


def test_what_entry_points_call_returns_no_mapped_row() -> None:
    """A row comes without its type's name, too."""
    by_name = {module.name: module for module in modules()}
    mapped = tables_by_class().keys()
    returned = {
        f"{room.name}.{function.name}"
        for module in modules()
        if module.name.startswith(ENTRY_POINTS)
        for room, name in _called(module, by_name)
        for function in room.tree.body
        if isinstance(function, ast.FunctionDef) and function.name == name and function.returns
        if mapped & {each.id for each in ast.walk(function.returns) if isinstance(each, ast.Name)}
    }

    assert returned == set()


def _called(module: Module, by_name: dict[str, Module]) -> Iterator[tuple[Module, str]]:
    """Yield the functions of rooms that a module imports, directly or with their module."""
    imports = [
        (node.module or "", alias)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    rooms = {
        alias.asname or alias.name: by_name[f"{source}.{alias.name}"]
        for source, alias in imports
        if f"{source}.{alias.name}" in by_name
    }
    yield from ((by_name[source], alias.name) for source, alias in imports if source in by_name)
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=function) if name in rooms:
                yield rooms[name], function
