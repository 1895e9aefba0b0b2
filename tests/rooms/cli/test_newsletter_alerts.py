"""`crieur newsletter create|edit`: which alerts a newsletter offers."""

import json

import pytest

from service.boot import Runtime
from service.cli.newsletter import app
from tests.builders import a_newsletter
from tests.rooms.cli.conftest import Run

NAMES = (
    "offers_alerts",
    "alerts_per_day",
    "alerts_per_reader",
    "alerts_merge_minutes",
    "digests_repeat_alerts",
)


def test_alerts_are_off_until_they_are_turned_on(runtime: Runtime, run: Run) -> None:
    """What is not named stays."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    limits = ["--alerts-per-day", 3, "--alerts-per-reader", 2, "--alerts-merge", 0]
    told = [
        json.loads(run(app, "edit", "le-matin", *options, "--json").stdout)
        for options in (["--name", "Le Matin"], ["--alerts", *limits], ["--repeat-alerts"])
    ]

    assert [tuple(each[name] for name in NAMES) for each in told] == [
        (False, 5, 5, 5, False),
        (True, 3, 2, 0, False),
        (True, 3, 2, 0, True),
    ]


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--alerts-per-day", 0, "A newsletter has 1 to 50 alerts a day at most."),
        ("--alerts-per-reader", 51, "A reader gets 1 to 50 alerts a day at most."),
        ("--alerts-merge", 121, "Alerts merge within 0 to 120 minutes; 0 merges none."),
    ],
)
def test_a_wrong_number_is_refused_in_a_sentence(
    runtime: Runtime, run: Run, option: str, value: int, sentence: str
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    assert str(run(app, "edit", "le-matin", option, value).exception) == sentence
