"""Watch an edition being sent: a progress bar on a terminal, quiet in a pipe."""

import sys
import time

from rich.console import Console
from rich.progress import Progress

from service.boot import Runtime
from service.editions import desk
from service.editions.lifecycle import FINAL, State
from service.kit.errors import Unavailable
from service.reports.accounting import ledger

LOOK_EVERY = 0.5
PATIENCE = 60.0


def watch(runtime: Runtime, edition_id: int) -> None:
    """Return when the edition has ended or is paused.

    Raises:
        Unavailable: nothing happened for a minute; probably no worker or scheduler runs.
    """
    console = Console(stderr=True)
    last: tuple[object, ...] = ()
    changed = time.monotonic()
    with Progress(console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(f"Edition {edition_id}", total=None)
        while True:
            with runtime.begin() as session:
                edition = desk.get(session, edition_id)
                books = ledger(session, edition_id)
            settled = books.candidates - books.pending
            progress.update(task, total=books.candidates or None, completed=settled)
            if State(edition.state) in FINAL or edition.paused_at is not None:
                return
            if (edition.state, settled) != last:
                last, changed = (edition.state, settled), time.monotonic()
            elif time.monotonic() - changed > PATIENCE:
                raise Unavailable(
                    f"Edition {edition_id} is {edition.state} and does not move: are "
                    "'crieur scheduler' and 'crieur worker' running, and does the relay answer? "
                    "It goes on when they are; nothing is lost."
                )
            time.sleep(LOOK_EVERY)
