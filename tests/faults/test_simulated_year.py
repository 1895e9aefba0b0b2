"""A year of many newsletters in many time zones, with three schedulers killed at random.

Each slot runs once, or is skipped for a reason that it states; each article comes to each reader at
most once, and none is lost; readers get what they asked for, when they asked for it. What must come
is told by an oracle that imports nothing of the product's rules (`tests/faults/year/`).

`make faults ONLY=simulated_year` runs 200 newsletters through 366 days; YEAR_NEWSLETTERS, YEAR_DAYS
and YEAR_SEED ask for others. Without YEAR_NEWSLETTERS it is the short form. The time is a parameter
of every scheduler and worker.
"""

import os
from datetime import date

import pytest

from service.boot import Runtime
from service.config import Settings
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.faults.year.simulation import Plan, simulate

LONG = "YEAR_NEWSLETTERS" in os.environ  # noqa: TID251  Only the tests read it.


def _asked_for(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)  # noqa: TID251  Only the tests read it.


@pytest.mark.fault
@pytest.mark.timeout(0)
def test_a_year_of_newsletters(
    runtime: Runtime, settings: Settings, clock: FakeClock, sink: Sink
) -> None:
    """In the short form: two weeks in which the clocks of a third of the zones change."""
    plan = Plan(
        newsletters=_asked_for("YEAR_NEWSLETTERS", 6),
        days=_asked_for("YEAR_DAYS", 366 if LONG else 16),
        seed=_asked_for("YEAR_SEED", 2024),
        # A leap year; at the end of March 2024 clocks change in Europe, Lebanon, Chile, Australia.
        first=date(2024, 1, 1) if LONG else date(2024, 3, 25),
        news_a_day=30 if LONG else 12,
        sent_really=20 if LONG else 5,
    )

    found = simulate(plan, runtime, settings, clock)

    print(found)  # noqa: T201  For those who run the long form with `-s`.
    assert found.editions
    assert found.kills
    assert found.twice == []
    assert found.slots_twice == []
    assert found.unfinished == []
    assert found.failed_steps == []
    # The return path names newsletter, edition and reader.
    copies = [each.sender for each in sink.messages]
    assert len(copies) == len(set(copies)) == found.messages
