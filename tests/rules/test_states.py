"""No state changes without its lifecycle.

Assignments to a mapped row's `state` are checked by the column itself. A statement sets the column
behind the row's back: so each names the states that its rows may come from by `Lifecycle.sql_from`,
which refuses a transition that does not exist when the module is imported.
"""

import ast
import re
from collections.abc import Iterator

from service.delivery.lifecycle import DeliveryState
from service.editions.lifecycle import EditionState
from tests.rules.code import Module, modules

SETS_STATE = re.compile(r"\bSET\b(?:(?!\b(?:FROM|WHERE|RETURNING)\b).)*?\bstate\s*=\s*", re.DOTALL)
LITERAL = re.compile(r"'([a-z]+)'")
ROOMS = [module for module in modules() if "migrations" not in module.place]
STATES = {state.name: state.value for states in (EditionState, DeliveryState) for state in states}


def test_a_statement_that_sets_a_state_says_where_its_rows_come_from() -> None:
    """`SET state = 'finished'` without a condition finishes a cancelled edition."""
    statements = [
        (module, text, sources) for module in ROOMS for text, sources in _statements(module)
    ]

    unchecked = [
        f"{module.place}: {text.strip()[:60]}"
        for module, text, sources in statements
        if not sources
    ]
    assert len(statements) >= 9
    assert unchecked == []


def test_a_statement_that_sets_a_state_is_a_constant_of_its_module() -> None:
    """Within a function it would be checked neither when the module is imported nor here."""
    unseen = [
        f"{module.place}:{node.lineno}"
        for module in ROOMS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if SETS_STATE.search(node.value)
        if not any(node.value in text for text, _ in _statements(module))
    ]

    assert unseen == []


def test_what_a_statement_sets_is_what_its_condition_was_checked_for() -> None:
    """A copied condition would have been checked for another transition."""
    words = [
        (module, word, {target for call in sources for target in _targets(call)})
        for module in ROOMS
        for text, sources in _statements(module)
        for word in _words_set(text)
    ]

    assert {word for _, word, _ in words} >= {"accepted", "expired", "finished", "refused"}
    assert [f"{module.place}: {word}" for module, word, to in words if word not in to] == []


def test_no_row_gets_a_state_by_a_statement_of_the_mapper() -> None:
    """`update(Edition).values(state=…)` runs no check; a new row begins in the first state."""
    found = [
        f"{module.place}:{node.lineno}"
        for module in ROOMS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"values", "add"}
        for keyword in node.keywords
        if keyword.arg == "state" and not ast.unparse(keyword.value).endswith(".initial")
    ]

    assert found == []


def _statements(module: Module) -> Iterator[tuple[str, list[ast.Call]]]:
    """Yield the text of each statement that sets a state, with the checked conditions in it."""
    constants = {
        target.id: node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in module.tree.body:
        if not isinstance(node, ast.Assign):
            continue
        text, calls = _resolve(node.value, constants)
        is_executed = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "text"
        if is_executed and SETS_STATE.search(text):
            yield text, calls


def _resolve(node: ast.expr, constants: dict[str, ast.expr]) -> tuple[str, list[ast.Call]]:
    """Return a constant's text with the constants that are put in, and the calls of `sql_from`."""
    texts: list[str] = []
    calls: list[ast.Call] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            texts.append(part.value)
        elif isinstance(part, ast.Call) and ast.unparse(part.func).endswith(".sql_from"):
            calls.append(part)
        elif isinstance(part, ast.Name) and part.id in constants:
            text, more = _resolve(constants[part.id], constants)
            texts.append(text)
            calls += more
    return "\n".join(texts), calls


def _words_set(text: str) -> Iterator[str]:
    """Yield the states that a statement sets as literals; those of parameters are checked there."""
    for found in SETS_STATE.finditer(text):
        value = text[found.end() :].splitlines()[0].partition("reason")[0]
        if value.startswith("CASE"):
            value = value.partition(" THEN ")[2].partition(" END")[0]
        elif value.startswith("'"):
            value = value[: value.index("'", 1) + 1]
        else:
            continue
        yield from LITERAL.findall(value)


def _targets(call: ast.Call) -> set[str]:
    """Return the states that a condition was checked for; a delivery's lease is stored as pending.

    A tuple that is named by a constant stands for every state.
    """
    [to] = [keyword.value for keyword in call.keywords if keyword.arg == "to"]
    if isinstance(to, ast.Name):
        return set(STATES.values())
    names = {node.attr for node in ast.walk(to) if isinstance(node, ast.Attribute)}
    found = {STATES[name] for name in names if name in STATES}
    return found | {"pending"} if "leased" in found else found
