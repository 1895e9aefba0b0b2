"""When readers of each frequency get their next editions."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from service.newsletters.frequency import Frequency, series_of
from service.newsletters.upcoming import slots_of_newsletter, slots_of_series
from tests.builders import a_draft

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2023, 2, 10, 12, tzinfo=UTC)
EACH, DAILY, WEEKLY = Frequency


def test_the_slots_of_all_series_come_in_their_order() -> None:
    """An operator wants to see what goes out next, and to whom."""
    paper = a_draft(
        days=(1, 5), times=(time(7), time(18)), daily_at=time(18), weekly_at=time(9), weekly_on=7
    )

    found = slots_of_newsletter(paper, PARIS, after=FRIDAY, count=5)

    assert [(each.frequency, str(each.slot)) for each in found] == [
        (EACH, "2023-02-10 18:00"),
        (DAILY, "2023-02-10 18:00"),
        (WEEKLY, "2023-02-12 09:00"),
        (EACH, "2023-02-13 07:00"),
        (EACH, "2023-02-13 18:00"),
    ]


def test_a_manual_newsletter_has_no_slots() -> None:
    assert slots_of_newsletter(a_draft(), PARIS, after=FRIDAY, count=5) == []


def test_a_series_has_its_own_slots_only() -> None:
    [weekly] = series_of(a_draft(weekly_at=time(9), weekly_on=7))

    found = slots_of_series(weekly, PARIS, after=FRIDAY, count=2)

    assert list(map(str, found)) == ["2023-02-12 09:00", "2023-02-19 09:00"]
