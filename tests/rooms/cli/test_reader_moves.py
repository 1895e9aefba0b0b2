"""`crieur newsletter move-readers` counts, asks, moves and says where it is."""

from datetime import time

import pytest

from service.boot import Runtime
from service.cli.newsletter import app
from service.delivery.workflow import move_readers as moves
from service.newsletters.frequency import Frequency
from tests.audit_trail import audited
from tests.builders import a_newsletter, a_reader
from tests.rooms.cli.conftest import Run

TO_DAILY = ("move-readers", "le-matin", "--from", "each", "--to", "daily")


@pytest.fixture
def newsletter_id(runtime: Runtime) -> int:
    now = runtime.clock()
    with runtime.begin() as session:
        paper = a_newsletter(session, now=now, days=(1,), times=(time(7),), daily_at=time(18))
        for _ in range(3):
            a_reader(session, paper, now=now)
        return paper.id


def test_the_count_is_shown_before_anything_is_moved(
    run: Run, runtime: Runtime, newsletter_id: int
) -> None:
    asked = run(app, *TO_DAILY, stdin=b"n\n")

    assert "Move 3 readers of every edition to the daily digest" in asked.stdout
    assert asked.exit_code == 1
    with runtime.begin() as session:
        assert moves.last_move(session, newsletter_id) is None


def test_readers_are_moved_and_it_stands_in_the_audit_trail(
    run: Run, runtime: Runtime, newsletter_id: int
) -> None:
    moved = run(app, *TO_DAILY, "--yes")
    again = run(app, *TO_DAILY, "--yes")

    assert "Moved: 3 of 3." in moved.stdout
    assert "there is nothing to move" in again.stdout
    assert [event for event, _ in audited(runtime.begin)] == ["newsletter.readers_moved"]
    with runtime.begin() as session:
        assert moves.count_movable(session, newsletter_id, Frequency.DAILY) == 3


def test_readers_are_not_given_more_than_they_asked_for(run: Run, newsletter_id: int) -> None:
    del newsletter_id
    more = run(app, "move-readers", "le-matin", "--from", "daily", "--to", "each", "--yes")
    unknown = run(app, "move-readers", "le-matin", "--from", "each", "--to", "weekly", "--yes")

    assert "only moved to a rarer frequency" in str(more.exception)
    assert "does not offer “weekly”" in str(unknown.exception)
