"""The slot that an operator names, and whether its series has it."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from service.cli.slot_option import parse_slot, warn_if_unscheduled
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import slot_at
from tests.builders import a_newsletter
from tests.conftest import FakeClock

PARIS = ZoneInfo("Europe/Paris")
SUNDAY = slot_at(date(2023, 2, 12), time(9), PARIS)


def test_a_slot_is_written_as_a_date_and_a_time_on_the_newsletters_clock() -> None:
    assert parse_slot("2023-02-12 09:00", PARIS) == SUNDAY
    with pytest.raises(Invalid, match="write it like 2023-02-08 07:00"):
        parse_slot("next sunday", PARIS)


@pytest.mark.parametrize(
    ("frequency", "is_warned"), [(Frequency.WEEKLY, False), (Frequency.EACH, True)]
)
def test_a_slot_of_another_series_is_mentioned(
    begin: Begin,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    frequency: Frequency,
    is_warned: bool,
) -> None:
    """Sunday at nine is when the weekly digest comes, and no other edition."""
    with begin() as session:
        paper = a_newsletter(
            session, now=clock(), days=(1,), times=(time(9),), weekly_at=time(9), weekly_on=7
        )

    warn_if_unscheduled(paper, SUNDAY, frequency)

    assert ("is not in the schedule of" in capsys.readouterr().err) is is_warned
