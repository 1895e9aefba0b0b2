"""Which series a newsletter offers, and when they have their slots."""

from datetime import time

import pytest

from service.newsletters.frequency import (
    Frequency,
    offered_frequencies,
    proposed_frequency,
    replacement_for,
    series_of,
)
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


@pytest.mark.parametrize(
    ("wanted", "proposed"),
    [
        (None, Frequency.EACH),
        (Frequency.WEEKLY, Frequency.WEEKLY),
        # Not offered: the draft's check says so, and nothing is changed silently.
        (Frequency.DAILY, Frequency.DAILY),
    ],
)
def test_the_publisher_says_what_new_readers_get(
    wanted: Frequency | None, proposed: Frequency
) -> None:
    draft = a_draft(days=(1,), times=(MORNING,), weekly_at=MORNING)

    assert proposed_frequency(draft, wanted) is proposed


def test_where_there_is_no_choice_the_default_is_what_there_is() -> None:
    """Ending the daily digest, the default until now, should not need a second option."""
    draft = a_draft(days=(1,), times=(MORNING,))

    assert proposed_frequency(draft, Frequency.DAILY) is Frequency.EACH


@pytest.mark.parametrize(
    ("changes", "ended", "instead"),
    [
        ({"daily_at": EVENING, "weekly_at": MORNING}, Frequency.EACH, Frequency.DAILY),
        ({"days": (1,), "times": (MORNING,), "weekly_at": MORNING}, "daily", Frequency.WEEKLY),
        ({"days": (1,), "times": (MORNING,), "daily_at": EVENING}, "weekly", Frequency.DAILY),
        ({"days": (1,), "times": (MORNING,)}, "weekly", Frequency.EACH),
    ],
)
def test_readers_of_an_ended_digest_get_no_more_messages_than_they_must(
    changes: dict[str, object], ended: str, instead: Frequency
) -> None:
    """A weekly reader who suddenly gets each edition presses “spam”."""
    assert replacement_for(a_draft(**changes), Frequency(ended)) is instead
