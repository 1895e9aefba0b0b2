"""Alerts select on event names, so a name that is misspelt or made up on the way is silence."""

import ast
import re

from service.events import EVENTS
from tests.rules.code import Module, modules

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_every_logged_event_is_in_the_catalogue() -> None:
    """An operator looks an event up in `service/events.py`; what is not there is unexplained."""
    unknown = {
        f"{module.place}:{call.lineno} {name}"
        for module in modules()
        for call, name in logged(module)
        if name not in EVENTS
    }

    assert unknown == set()


def test_every_event_in_the_catalogue_is_logged_somewhere() -> None:
    """An alert on an event that nothing says any more never fires."""
    said = {name for module in modules() for _, name in logged(module)}

    assert set(EVENTS) - said == set()


def test_event_names_are_dotted_and_never_put_together() -> None:
    """A name with an id in it cannot be selected on."""
    wrong = {
        f"{module.place}:{call.lineno} {name}"
        for module in modules()
        for call, name in logged(module)
        if not re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", name)
    }

    assert wrong == set()


def logged(module: Module) -> list[tuple[ast.Call, str]]:
    """Every `log.<level>(…)` with the text of its first argument."""
    found = []
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if (
                level in LEVELS
            ):
                first = node.args[0] if node.args else ast.Constant("")
                text = first.value if isinstance(first, ast.Constant) else ast.unparse(first)
                found.append((node, str(text)))
    return found
