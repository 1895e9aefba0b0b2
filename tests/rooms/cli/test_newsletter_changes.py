"""The options that were named become changes of a newsletter's draft, and no others."""

from datetime import time, timedelta

import pytest

from service.cli.newsletter_changes import draft_changes
from service.kit.errors import Invalid
from service.newsletters.frequency import Frequency


def test_what_was_not_named_stays() -> None:
    """An edit of the colour must not turn a schedule off."""
    assert draft_changes() == {}
    assert draft_changes(colour="#000000") == {"accent_colour": "#000000"}


def test_texts_become_the_values_of_a_draft() -> None:
    changes = draft_changes(
        at=["07:00"],
        days="weekdays",
        valid_hours=2.0,
        daily_at="18:00",
        weekly_at="",
        weekly_on="sun",
        default_frequency=Frequency.DAILY,
        sender="Le Matin <matin@example.org>",
    )

    assert changes == {
        "times": (time(7),),
        "days": (1, 2, 3, 4, 5),
        "valid_for": timedelta(hours=2),
        "daily_at": time(18),
        "weekly_at": None,
        "weekly_on": 7,
        "default_frequency": Frequency.DAILY,
        "sender_name": "Le Matin",
        "sender_address": "matin@example.org",
    }


def test_what_is_not_understood_is_refused() -> None:
    with pytest.raises(Invalid, match="is not a time of day"):
        draft_changes(daily_at="evening")
