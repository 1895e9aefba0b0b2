"""The newsletter form keeps the text as typed, and turns it into a draft or message keys."""

from datetime import time, timedelta

import pytest

from service.newsletters.frequency import Frequency
from service.web.console.form_values import FormValues
from service.web.console.newsletter_form import (
    NewsletterForm,
    form_from_draft,
    form_from_values,
    parse_newsletter,
    parse_opened,
)

FILLED = NewsletterForm(
    slug="le-matin",
    name="Le Matin",
    sender_address="matin@example.org",
    sections=(("Politique", "Pouvoirs, Partis"), ("Sport", "")),
    days=("1", "5"),
    times=("07:00", "18h30"),
    valid_hours="1,5",
    daily_at="20:00",
    weekly_at="09:00",
    weekly_on="7",
    default_frequency="weekly",
)


def test_a_form_becomes_a_draft_and_a_form_again() -> None:
    parsed = parse_newsletter(FILLED)

    assert parsed.problems == {}
    assert parsed.draft.times == (time(7), time(18, 30))
    assert parsed.draft.valid_for == timedelta(minutes=90)
    assert (parsed.draft.daily_at, parsed.draft.weekly_at) == (time(20), time(9))
    assert (parsed.draft.weekly_on, parsed.draft.default_frequency) == (7, Frequency.WEEKLY)
    assert parsed.draft.sections[0].aliases == ("Pouvoirs", "Partis")
    again = form_from_draft(parsed.draft)
    assert parse_newsletter(again).draft == parsed.draft


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("name", "", "name"),
        ("valid_hours", "nan", "valid_for"),
        ("articles_per_section", "-1", "articles_per_section"),
        ("per_minute", "123456789", "per_minute"),
        ("horizon_days", "0", "horizon"),
        ("every_minutes", "x", "span"),
        ("time_zone", "../etc", "time_zone"),
        ("daily_at", "evening", "daily_at"),
        ("weekly_at", "", "default_frequency"),
        ("default_frequency", "hourly", "default_frequency"),
    ],
)
def test_a_wrong_field_has_the_key_of_its_message(field: str, text: str, problem: str) -> None:
    parsed = parse_newsletter(FILLED.model_copy(update={field: text}))

    assert parsed.problems == {problem: f"console.newsletter.wrong.{problem}"}


def test_the_opened_form_comes_back_from_its_hidden_field() -> None:
    assert parse_opened(FILLED.as_opened()) == FILLED
    assert parse_opened('{"name": 1}') is None
    assert parse_opened("") is None


def test_a_name_gives_the_slug_that_was_not_typed() -> None:
    form = form_from_values(FormValues((("name", " Le Matin "), ("days", "1"), ("days", "2"))))

    assert (form.name, form.slug, form.days) == ("Le Matin", "le-matin", ("1", "2"))
