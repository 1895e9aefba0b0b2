"""Entry points receive read models: frozen dataclasses, never a mapped row of a room's tables."""

import ast

from tests.rules.code import modules

STILL_MAPPED = {"Edition"}
"""Mapped classes that verb modules still hand on; this list only shrinks."""


def test_no_verb_module_hands_on_a_mapped_class() -> None:
    """A page that holds a mapped row can write to the database by setting an attribute.

    `from service.<room>.tables import X as X` was how entry points came by the type although the
    import contract forbids them the tables.
    """
    handed_on = {
        alias.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".tables")
        for alias in node.names
        if alias.asname == alias.name
    }

    assert handed_on == STILL_MAPPED
