"""A noun's list of commands in its help, each with its whole sentence."""

from typing import Any

from typer.core import TyperGroup

_ALL = 1_000
"""More characters than a sentence of help has."""


class CommandGroup(TyperGroup):
    """Shows what each command does; click would end a longer sentence in the middle."""

    # Typer keeps the types of these to itself.
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
