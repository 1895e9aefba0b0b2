"""`crieur sending`: whether mail may leave this database, and what would be sent."""

from collections.abc import Iterator

import typer

from service.accounts import audit
from service.boot import Runtime
from service.cli.output import print_json, print_line, print_table
from service.cli.runtime import open_runtime
from service.delivery.guard import sending_guard
from service.editions import due_slots
from service.kit.db import Session

app = typer.Typer(no_args_is_help=True)

YES = typer.Option(False, "--yes", help="Do not ask for confirmation; for scripts.")
JSON = typer.Option(False, "--json", help="JSON on stdout.")


@app.command("status")
def show_sending_status(json: bool = JSON) -> None:
    """Show whether mail may leave this database, and what would be sent; changes nothing.

    Example: crieur sending status
    """
    with open_runtime() as runtime, runtime.begin() as session:
        status, advice = sending_guard.sending_status(session), advice_for(session)
        waiting = list(pending_work(runtime, session))
    if json:
        print_json({"status": status, "may_send": advice is None, "waiting": waiting})
        return
    print_status(advice, waiting)


@app.command("enable")
def enable_sending(yes: bool = YES) -> None:
    """Let mail leave a database that was restored, copied or on hold; shows first what would go.

    Readers who received a message after the backup was made would receive it again: cancel such
    editions first. To skip a due slot, build its edition and cancel it.

    Example: crieur sending enable
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            if sending_guard.is_sending_allowed(session):
                print_line("Mail may leave this database already: there is nothing to enable.")
                return
            waiting = list(pending_work(runtime, session))
        _print_pending(waiting)
        if not yes:
            typer.confirm("Is this the only database that sends, and may all of it go?", abort=True)
        with runtime.begin() as session:
            now = runtime.clock()
            sending_guard.enable_sending(session, now=now)
            audit.record(session, None, "database.released", {"waiting": len(waiting)}, now=now)
    print_line("Mail leaves this database from now on.")


@app.command("disable")
def disable_sending() -> None:
    """Let no mail leave this database until sending is enabled; messages in flight are finished.

    For copies that PostgreSQL cannot tell from the original: of a data directory, of a disk, or
    recovered to a point in time. Disable sending there before its daemons start.

    Example: crieur sending disable
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        sending_guard.disable_sending(session, now=now)
        audit.record(session, None, "database.held", {}, now=now)
    print_line("No mail leaves this database until 'crieur sending enable'.")


def advice_for(session: Session) -> str | None:
    """Return what an operator should do where mail may not leave; None where it may."""
    if sending_guard.is_sending_allowed(session):
        return None
    return sending_guard.ADVICE[sending_guard.sending_status(session)]


def pending_work(runtime: Runtime, session: Session) -> Iterator[dict[str, object]]:
    """Yield what would be sent: unfinished editions, due slots, and notices."""
    now = runtime.clock()
    pending = sending_guard.pending_work(session, now=now)
    for each in pending.editions:
        yield {
            "what": f"edition {each.id}",
            "newsletter": each.newsletter,
            "slot": f"{each.slot_date} {each.slot_time:%H:%M}",
            "state": "paused" if each.is_paused else "held" if each.is_held else each.state,
            "readers": each.readers or None,
        }
    for slug, slot in due_slots.list_due(session, now=now):
        yield {
            "what": "due slot",
            "newsletter": slug,
            "slot": f"{slot.local_date} {slot.local_time:%H:%M}",
            "state": "no edition yet",
            "readers": None,
        }
    if pending.notices:
        yield {
            "what": "notices",
            "newsletter": None,
            "slot": None,
            "state": "pending",
            "readers": pending.notices,
        }


def print_status(advice: str | None, waiting: list[dict[str, object]]) -> None:
    """Print whether mail may leave, and a table of what would be sent."""
    print_line(advice or "Mail may leave this database.")
    _print_pending(waiting)


def _print_pending(waiting: list[dict[str, object]]) -> None:
    if not waiting:
        print_line("Nothing is on its way.")
        return
    names = list(waiting[0])
    print_table(names, [[each[name] for name in names] for each in waiting])
