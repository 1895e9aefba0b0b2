"""`crieur newsletter move-readers`: move readers to a rarer frequency, with one notice to each."""

import typer

from service.accounts import audit
from service.boot import Runtime
from service.cli.frequency_option import require_offered
from service.cli.moved_readers import NAMES
from service.cli.output import plural, print_line
from service.cli.runtime import open_runtime
from service.delivery.workflow import move_readers as moves
from service.delivery.workflow.move_readers import MoveProgress
from service.kit.errors import Invalid
from service.newsletters import catalogue
from service.newsletters.frequency import Frequency


def move_readers(
    slug: str = typer.Argument(help="The newsletter's slug."),
    frequency: Frequency = typer.Option(..., "--from", help="Whom: readers of each, or daily."),
    to: Frequency = typer.Option(..., "--to", help="What they get instead; it must be rarer."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask for confirmation."),
) -> None:
    """Move readers to a rarer frequency; each gets one message.

    It has one click to keep what they had. The count is shown first. Ended early, the move is
    continued by the daemons.

    Example: crieur newsletter move-readers le-matin --from each --to daily
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            newsletter = catalogue.get(session, slug)
            require_offered(frequency, newsletter)
            require_offered(to, newsletter)
            if (frequency, to) not in moves.possible_moves(newsletter):
                raise Invalid("Readers are only moved to a rarer frequency: from each to daily …")
            count = moves.count_movable(session, newsletter.id, frequency)
        if not count:
            print_line(f"No reader gets {NAMES[frequency]}; there is nothing to move.")
            return
        who = f"{plural(count, 'reader', 'readers')} of {NAMES[frequency]}"
        if not yes:
            typer.confirm(f"Move {who} to {NAMES[to]}, and write to each of them once?", abort=True)
        with runtime.begin() as session:
            now = runtime.clock()
            started = moves.start_move(session, newsletter.id, frequency, to, now=now)
            facts = {"newsletter_id": newsletter.id, "readers": started.readers}
            audit.record(session, None, "newsletter.readers_moved", facts, now=now)
        _continue(runtime, started)


def _continue(runtime: Runtime, started: MoveProgress) -> None:
    """Carry a move on, together with any worker that has its job, and print where it stands."""
    progress = started
    while progress.finished_at is None:
        with runtime.begin() as session:
            progress = moves.continue_move(session, started.id, now=runtime.clock())
        print_line(f"Moved: {progress.moved:,} of {progress.readers:,}.")
