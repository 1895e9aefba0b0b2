"""A command that a page tells one to type must be there to be typed."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from service.cli.main import NOUNS, make_app
from tests.rules.test_docs import PAGES, name_of

CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"\bcrieur ([a-z]+)(?: ([a-z][a-z-]*))?(?: ([^`\n|#]*))?")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_on_a_page_exist(page: Path) -> None:
    """The runbook is read at three in the morning."""
    code = "\n".join(CODE.findall(page.read_text("utf-8")))

    wrong = [call[0] for call in CALL.finditer(code) if not _exists(*call.groups())]
    assert wrong == []


def _exists(noun: str, verb: str | None, rest: str | None) -> bool:
    if noun not in NOUNS:
        return False
    command: Any = typer.main.get_command(make_app(noun)).commands[noun]  # type: ignore[attr-defined]
    # A verb may be a group itself: `crieur newsletter rules add`.
    for word in (verb, *(rest or "").split()):
        if word is None or not hasattr(command, "commands"):
            break
        if word not in command.commands:
            return False
        command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts}
    return set(re.findall(r"(?<!\S)--[a-z-]+", rest or "")) <= known | {"--help"}
