"""The command line is learned from its own help."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from service.cli.main import NOUNS, make_app


@pytest.mark.parametrize("noun", NOUNS)
def test_every_command_has_help_with_an_example(noun: str) -> None:
    """A command without an example is tried out on real readers."""
    root: Any = typer.main.get_command(make_app(noun))

    for name, command in _commands(noun, root.commands[noun]):
        assert command.help, name
        assert "Example: " in command.help, name
        example = command.help.partition("Example: ")[2]
        assert f"crieur {name}" in example, name


def test_help_answers_quickly() -> None:
    """It loads no room: 0.3 s is the promise, and three times that is what a slow machine gets.

    Counted are the seconds of work: how long it waits for its turn is the affair of its neighbours.
    """
    best = min(_seconds([sys.executable, "-m", "service", "--help"]) for _ in range(3))

    assert best < 0.9


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for word, inner in command.commands.items():
            yield from _commands(f"{name} {word}", inner)
    else:
        yield name, command


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "newsletter" in done.stdout
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
