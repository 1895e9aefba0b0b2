"""The days of a recurrence in words, as readers are told them."""

from datetime import date

import pytest

from service.newsletters.recurrence import MONTH_DAYS, Recurrence
from service.rendering.days_wording import describe_days


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "on day 15 of each month and on the last Friday of each month"),
        ("fr", "le 15 de chaque mois et le dernier vendredi de chaque mois"),
        ("pt", "no dia 15 de cada mês e na última sexta-feira de cada mês"),
    ],
)
def test_days_of_the_month_are_said_in_the_newsletters_language(locale: str, words: str) -> None:
    """A reader who signs up is told when the newsletter comes."""
    said = describe_days(Recurrence(month_days=("15", "-1FR")), locale)

    assert said.replace("\u00a0", " ") == words


@pytest.mark.parametrize("locale", ["en", "fr", "pt", "ar"])
def test_every_day_of_the_month_has_its_words(locale: str) -> None:
    words = {describe_days(Recurrence(month_days=(each,)), locale) for each in MONTH_DAYS}

    assert len(words) == len(MONTH_DAYS)


def test_every_two_weeks_is_said_with_the_weekdays() -> None:
    fortnightly = Recurrence(days=(1, 2, 3, 4, 5), fortnight_from=date(2024, 1, 1))

    assert describe_days(fortnightly, "fr").endswith("une semaine sur deux")
    assert describe_days(Recurrence(), "fr") == ""
