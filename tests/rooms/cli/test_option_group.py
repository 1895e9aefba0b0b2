"""Options that are written once are the same of every command that takes them."""

from typing import Annotated, Any

import typer
from typer.testing import CliRunner

from service.cli.option_group import takes_changes


def _size(*, size: Annotated[int | None, typer.Option(min=1)] = None) -> dict[str, Any]:
    return {} if size is None else {"pages": size}


def _colour(*, colour: Annotated[str | None, typer.Option("--dye")] = None) -> dict[str, Any]:
    return {} if colour is None else {"colour": colour.upper()}


def _app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @takes_changes(_size, _colour)
    def paint(
        name: str, *, changes: dict[str, Any], loud: Annotated[bool, typer.Option()] = False
    ) -> None:
        """Paint what is named."""
        typer.echo(f"{name} {changes} {loud}")

    return app


def test_a_command_gets_what_the_readers_of_its_options_return() -> None:
    """An option that is not given changes nothing."""
    ran = CliRunner().invoke(_app(), ["wall", "--size", "3", "--dye", "red", "--loud"])
    bare = CliRunner().invoke(_app(), ["wall"])

    assert ran.stdout == "wall {'pages': 3, 'colour': 'RED'} True\n"
    assert bare.stdout == "wall {} False\n"


def test_an_option_keeps_its_bounds_and_its_name() -> None:
    """Typer reads them from the reader's parameters."""
    wrong = CliRunner().invoke(_app(), ["wall", "--size", "0"])
    shown = CliRunner().invoke(_app(), ["--help"])

    assert wrong.exit_code == 2
    assert "Paint what is named." in shown.stdout
    assert shown.stdout.index("--size") < shown.stdout.index("--dye") < shown.stdout.index("--loud")
