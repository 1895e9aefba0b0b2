"""`crieur db`: the schema."""

import typer

from service.boot import build
from service.cli.runtime import open_settings
from service.cli.show import say
from service.kit.errors import Refused
from service.migrations import upgrade as migrations

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Run missing migrations under an advisory lock; harmless when repeated.

    Example: crieur db upgrade
    """
    with open_settings() as settings:
        runtime = build(settings)
        try:
            migrations.upgrade(runtime.engine)
        finally:
            runtime.close()
    say("The schema is current.")


@app.command()
def check() -> None:
    """Tell whether the schema is current; exit 1 when it is not.

    Example: crieur db check
    """
    with open_settings() as settings:
        runtime = build(settings)
        try:
            if not migrations.is_current(runtime.engine):
                raise Refused("The schema is behind this version: run 'crieur db upgrade'.")
        finally:
            runtime.close()
    say("The schema is current.")
