"""`crieur db`: the schema; and the former names of `crieur sending`."""

import typer

from service.boot import build_runtime
from service.cli import sending
from service.cli.output import print_json, print_line
from service.cli.runtime import open_runtime, open_settings
from service.delivery.guard import sending_guard
from service.delivery.guard.sending_guard import SendingStatus
from service.kit.errors import OperationRefused
from service.migrations import upgrade as migrations

app = typer.Typer(no_args_is_help=True)

_PLACES = {
    SendingStatus.ACTIVE: "here",
    SendingStatus.COPIED: "elsewhere",
    SendingStatus.ON_HOLD: "held",
    SendingStatus.UNCLAIMED: "nowhere",
}
"""What scripts read as `place` in the JSON of `crieur db home`."""


@app.command("upgrade")
def upgrade() -> None:
    """Run missing migrations under an advisory lock; harmless when repeated.

    Example: crieur db upgrade
    """
    with open_settings() as settings:
        runtime = build_runtime(settings)
        try:
            migrations.upgrade(runtime.engine)
            with runtime.begin() as session:
                advice = sending.advice_for(session)
        finally:
            runtime.close()
    print_line("The schema is current.")
    if advice:
        print_line(advice)


@app.command("check")
def check() -> None:
    """Report whether the schema is current; exit 1 when it is not.

    Example: crieur db check
    """
    with open_settings() as settings:
        runtime = build_runtime(settings)
        try:
            if not migrations.is_current(runtime.engine):
                raise OperationRefused(
                    "The schema is behind this version: run 'crieur db upgrade'."
                )
        finally:
            runtime.close()
    print_line("The schema is current.")


@app.command("home", hidden=True)
def show_home(json: bool = sending.JSON) -> None:
    """Show what `crieur sending status` shows, under its former name.

    Example: crieur db home
    """
    with open_runtime() as runtime, runtime.begin() as session:
        status, advice = sending_guard.sending_status(session), sending.advice_for(session)
        waiting = list(sending.pending_work(runtime, session))
    if json:
        print_json({"place": _PLACES[status], "may_send": advice is None, "waiting": waiting})
        return
    sending.print_status(advice, waiting)


@app.command("release", hidden=True)
def release_database(yes: bool = sending.YES) -> None:
    """Do what `crieur sending enable` does, under its former name.

    Example: crieur db release
    """
    sending.enable_sending(yes=yes)


@app.command("hold", hidden=True)
def hold_database() -> None:
    """Do what `crieur sending disable` does, under its former name.

    Example: crieur db hold
    """
    sending.disable_sending()
