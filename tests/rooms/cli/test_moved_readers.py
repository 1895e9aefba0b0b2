"""An operator who ends a digest learns how many readers get what instead."""

from datetime import time

from service.boot import Runtime
from service.cli import newsletter
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader
from tests.rooms.cli.conftest import Run


def test_readers_of_an_ended_digest_are_counted_by_what_they_will_get(
    run: Run, runtime: Runtime
) -> None:
    """Without the count an operator would end a digest that thousands have chosen."""
    now = runtime.clock()
    with runtime.begin() as session:
        paper = a_newsletter(
            session, now=now, days=(1,), times=(time(7),), daily_at=time(18), weekly_at=time(9)
        )
        for frequency in (Frequency.DAILY, Frequency.WEEKLY, Frequency.WEEKLY):
            a_reader(session, paper, now=now, frequency=frequency)

    weekly = run(newsletter.app, "edit", paper.slug, "--weekly-at", "", "--json")
    both = run(newsletter.app, "edit", paper.slug, "--daily-at", "")
    neither = run(newsletter.app, "edit", paper.slug, "--name", "Le Soir")

    assert "2 readers of the weekly digest will get the daily digest" in weekly.stderr
    assert "1 reader of the daily digest will get every edition" in both.stderr
    assert "2 readers of the weekly digest will get every edition" in both.stderr
    assert "2 readers of the weekly digest will get every edition" in neither.stderr


def test_an_edit_that_ends_nothing_prints_nothing(run: Run, runtime: Runtime) -> None:
    with runtime.begin() as session:
        paper = a_newsletter(session, now=runtime.clock(), days=(1,), times=(time(7),))
        a_reader(session, paper, now=runtime.clock())

    offered = run(newsletter.app, "edit", paper.slug, "--daily-at", "18:00")

    assert (offered.exit_code, offered.stderr) == (0, "")
