"""Which series a newsletter offers, and when they have their slots."""

from datetime import time

import pytest

from service.newsletters.frequency import Frequency, offered_frequencies, series_of
from tests.builders import a_draft

MORNING, EVENING = time(7), time(18)


def test_each_frequency_has_a_schedule_of_its_own() -> None:
    draft = a_draft(
        days=(1, 2), times=(MORNING, EVENING), daily_at=time(20), weekly_at=time(9), weekly_on=6
    )

    each, daily, weekly = series_of(draft)

    assert (each.days, each.times) == ((1, 2), (MORNING, EVENING))
    assert (daily.days, daily.times) == ((1, 2), (time(20),))
    assert (weekly.days, weekly.times) == ((6,), (time(9),))


def test_a_daily_digest_without_other_editions_comes_every_day() -> None:
    """A site that mails nothing else has no days of its own."""
    [daily] = series_of(a_draft(daily_at=EVENING))

    assert (daily.frequency, daily.days) == (Frequency.DAILY, (1, 2, 3, 4, 5, 6, 7))


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({}, (Frequency.EACH,)),
        ({"days": (1,), "times": (MORNING,)}, (Frequency.EACH,)),
        ({"weekly_at": MORNING}, (Frequency.WEEKLY,)),
        (
            {"days": (1,), "times": (MORNING,), "weekly_at": MORNING},
            (Frequency.EACH, Frequency.WEEKLY),
        ),
    ],
)
def test_what_never_comes_is_not_offered(
    changes: dict[str, object], offered: tuple[Frequency, ...]
) -> None:
    """A reader who chose it would wait for ever; a manual newsletter offers its editions."""
    assert offered_frequencies(a_draft(**changes)) == offered
