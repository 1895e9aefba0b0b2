"""A newsletter as commands show it."""

from datetime import time

import pytest

from service.cli.newsletter_output import describe_schedules, newsletter_json
from service.kit.db import Begin
from tests.builders import a_newsletter
from tests.conftest import FakeClock

DAILY = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "manually"),
        ({"days": (1, 5), "times": (time(7),)}, "mon,fri 07:00 Africa/Abidjan"),
        (
            {"days": DAILY, "times": tuple(time(hour) for hour in range(7, 13))},
            "daily 07:00, 08:00, 09:00, 10:00 … (6 times) Africa/Abidjan",
        ),
        (
            {
                "daily_at": time(18),
                "weekly_at": time(9),
                "weekly_on": 7,
                "default_frequency": "daily",
            },
            "daily digest: daily 18:00; weekly digest: sun 09:00 Africa/Abidjan",
        ),
    ],
)
def test_each_series_says_when_it_comes(
    begin: Begin, clock: FakeClock, changes: dict[str, object], said: str
) -> None:
    """One line of a list has to show what a newsletter sends, and when."""
    with begin() as session:
        assert describe_schedules(a_newsletter(session, now=clock(), **changes)) == said


def test_scripts_read_names_and_times(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock(), days=(7,), times=(time(7),))

    shown = newsletter_json(paper)

    assert (shown["days"], shown["times"], shown["daily_at"]) == (["sun"], ["07:00"], None)
    assert shown["sections"] == [{"slug": "sport", "name": "Sport", "aliases": ()}]
    assert shown["frequencies"] == ["each"]
