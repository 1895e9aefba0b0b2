"""A noun's commands: the list of them in its help, and how a wrong value is answered."""

from typing import Any

import typer
from typer.core import TyperGroup

_ALL = 1_000
"""More characters than a sentence of help has."""


class CommandGroup(TyperGroup):
    """Shows what each command does in a whole sentence; click would end a longer one in the middle.

    A value that an option does not offer is refused without the words that Typer's parser puts
    before the sentence.
    """

    # Typer keeps the types of these to itself.
    def invoke(self, ctx: Any) -> Any:
        """Run the command that was called."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as wrong:
            wrong.message = wrong.message.removeprefix("Value error, ")
            raise

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line or more for each command, in the order in which they were added."""
        known = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, command.get_short_help_str(_ALL))
            for name, command in known
            if command and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
