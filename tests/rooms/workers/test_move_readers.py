"""The job that moves a newsletter's readers."""

from datetime import time

from service.boot import Runtime
from service.delivery.workflow import move_readers as moves
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader
from workers import move_readers


def test_the_job_moves_everybody_and_may_be_repeated(runtime: Runtime) -> None:
    """A lost or repeated job message costs seconds, never a second notice."""
    now = runtime.clock()
    with runtime.begin() as session:
        paper = a_newsletter(session, now=now, days=(1,), times=(time(7),), weekly_at=time(9))
        for _ in range(3):
            a_reader(session, paper, now=now)
        move = moves.start_move(session, paper.id, Frequency.EACH, Frequency.WEEKLY, now=now)

    move_readers.run(runtime, move_id=move.id)
    move_readers.run(runtime, move_id=move.id)

    with runtime.begin() as session:
        last = moves.last_move(session, paper.id)
    assert last is not None
    assert (last.moved, last.finished_at is not None) == (3, True)
