"""`crieur db`: the schema, and whether mail may leave this database."""

from collections.abc import Iterator

import typer

from service.accounts import audit
from service.boot import Runtime, build_runtime
from service.cli.output import print_json, print_line, print_table
from service.cli.runtime import open_runtime, open_settings
from service.delivery.guard import sending_guard
from service.editions import plan
from service.kit.db import Session
from service.kit.errors import OperationRefused
from service.migrations import upgrade as migrations

app = typer.Typer(no_args_is_help=True)


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
                advice = _advice(session)
        finally:
            runtime.close()
    print_line("The schema is current.")
    if advice:
        print_line(advice)


@app.command("check")
def check() -> None:
    """Tell whether the schema is current; exit 1 when it is not.

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


@app.command("home")
def home_(json: bool = typer.Option(False, "--json", help="JSON on stdout.")) -> None:
    """Tell whether mail may leave this database, and what would go out; nothing is changed.

    Example: crieur db home
    """
    with open_runtime() as runtime, runtime.begin() as session:
        place, advice = sending_guard.sending_status(session), _advice(session)
        waiting = list(_waiting(runtime, session))
    if json:
        print_json({"place": place, "may_send": advice is None, "waiting": waiting})
        return
    print_line(advice or "Mail may leave this database.")
    _show(waiting)


@app.command("release")
def release(
    yes: bool = typer.Option(False, "--yes", help="Do not ask for confirmation; for scripts."),
) -> None:
    """Let mail leave a database that was restored, copied or held; says first what would go out.

    Readers who had a mail after the backup was made would get it again: cancel such editions
    first. A due slot is left out by building its edition and cancelling that.

    Example: crieur db release
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            if sending_guard.is_sending_allowed(session):
                print_line("Mail may leave this database already: there is nothing to release.")
                return
            waiting = list(_waiting(runtime, session))
        _show(waiting)
        if not yes:
            typer.confirm("Is this the only database that sends, and may all of it go?", abort=True)
        with runtime.begin() as session:
            now = runtime.clock()
            sending_guard.enable_sending(session, now=now)
            audit.record(session, None, "database.released", {"waiting": len(waiting)}, now=now)
    print_line("Mail leaves this database from now on.")


@app.command("hold")
def hold() -> None:
    """Let no mail leave this database until it is released; mails in flight are finished.

    For copies that PostgreSQL cannot tell from the original: of a data folder, of a disk, or
    recovered to a point in time. Hold them before their daemons start.

    Example: crieur db hold
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        sending_guard.disable_sending(session, now=now)
        audit.record(session, None, "database.held", {}, now=now)
    print_line("No mail leaves this database until 'crieur db release'.")


def _advice(session: Session) -> str | None:
    """Return what to do where mail may not leave; None means that it may."""
    return (
        None
        if sending_guard.is_sending_allowed(session)
        else sending_guard.ADVICE[sending_guard.sending_status(session)]
    )


def _waiting(runtime: Runtime, session: Session) -> Iterator[dict[str, object]]:
    """Give what a release would let go: editions, slots that are due, and notices."""
    now = runtime.clock()
    waiting = sending_guard.pending_work(session, now=now)
    for each in waiting.editions:
        yield {
            "what": f"edition {each.id}",
            "newsletter": each.newsletter,
            "slot": f"{each.slot_date} {each.slot_time:%H:%M}",
            "state": "stopped" if each.is_stopped else each.state,
            "readers": each.readers or None,
        }
    for newsletter, slot in plan.due_slots(session, now=now):
        yield {
            "what": "due slot",
            "newsletter": newsletter.slug,
            "slot": f"{slot.local_date} {slot.local_time:%H:%M}",
            "state": "no edition yet",
            "readers": None,
        }
    if waiting.notices:
        yield {
            "what": "notices",
            "newsletter": None,
            "slot": None,
            "state": "pending",
            "readers": waiting.notices,
        }


def _show(waiting: list[dict[str, object]]) -> None:
    if not waiting:
        print_line("Nothing is on its way.")
        return
    names = list(waiting[0])
    print_table(names, [[each[name] for name in names] for each in waiting])
