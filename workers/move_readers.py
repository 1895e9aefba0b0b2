"""Move a newsletter's readers to a less frequent series."""

from service.boot import Runtime
from service.delivery.workflow import move_readers
from workers.process import draining


def run(runtime: Runtime, *, move_id: int) -> None:
    """Move a step in each transaction; the sweep continues when the process drains."""
    finished = False
    while not finished and not draining.is_set():
        with runtime.begin() as session:
            progress = move_readers.continue_move(session, move_id, now=runtime.clock())
        finished = progress.finished_at is not None
