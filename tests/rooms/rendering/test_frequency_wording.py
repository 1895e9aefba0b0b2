"""How often, in the words of four languages."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from service.kit.db import Begin
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.recurrence import Recurrence
from service.rendering.frequency_wording import (
    describe_next_edition,
    describe_schedule,
    frequency_choices,
)
from tests.builders import a_newsletter
from tests.conftest import FakeClock

WEEK = (1, 2, 3, 4, 5)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
HOURS = (time(7), time(12), time(18))
NB = "\N{NO-BREAK SPACE}"
EACH, DAILY, WEEKLY = Frequency


@pytest.fixture
def paper(begin: Begin, clock: FakeClock) -> NewsletterDetails:
    return a_paper(begin, clock)


def a_paper(begin: Begin, clock: FakeClock, **changes: Any) -> NewsletterDetails:
    values: dict[str, Any] = {
        "days": WEEK,
        "times": HOURS,
        "daily_at": time(18),
        "weekly_at": time(9, 30),
        "weekly_on": 7,
        "locale": "en",
        "time_zone": "Europe/Paris",
    }
    with begin() as session:
        return a_newsletter(session, now=clock(), **{**values, **changes})


@pytest.mark.parametrize(
    ("locale", "each", "daily", "weekly"),
    [
        (
            "en",
            "every edition, from Monday to Friday at 07:00, 12:00 and 18:00",
            "once a day, from Monday to Friday at 18:00",
            "once a week, on Sunday at 09:30",
        ),
        (
            "fr",
            f"chaque édition, du lundi au vendredi à 7{NB}h, 12{NB}h et 18{NB}h",
            f"une fois par jour, du lundi au vendredi à 18{NB}h",
            f"une fois par semaine, le dimanche à 9{NB}h{NB}30",
        ),
        (
            "pt",
            "cada edição, de segunda-feira a sexta-feira às 07:00, 12:00 e 18:00",
            "uma vez por dia, de segunda-feira a sexta-feira, às 18:00",
            "uma vez por semana, domingo, às 09:30",
        ),
        (
            "ar",
            "كل عدد، من الاثنين إلى الجمعة الساعة 07:00 و12:00 و18:00",
            "مرة في اليوم، من الاثنين إلى الجمعة، الساعة 18:00",
            "مرة في الأسبوع، يوم الأحد الساعة 09:30",
        ),
    ],
)
def test_each_choice_says_when_it_comes(
    paper: NewsletterDetails, locale: str, each: str, daily: str, weekly: str
) -> None:
    """Readers choose by the hour at which they read, not by the name of a frequency."""
    said = frequency_choices(paper, locale=locale)

    assert said == {EACH: each, DAILY: daily, WEEKLY: weekly}


def test_a_daily_digest_of_every_day_names_no_days(begin: Begin, clock: FakeClock) -> None:
    paper = a_paper(begin, clock, days=EVERY_DAY)

    assert frequency_choices(paper)[DAILY] == "once a day, at 18:00"


def test_readers_choose_among_what_is_offered(begin: Begin, clock: FakeClock) -> None:
    both = a_paper(begin, clock, daily_at=None, slug="deux")
    one = a_paper(begin, clock, daily_at=None, weekly_at=None, slug="un")

    assert list(frequency_choices(both)) == [EACH, WEEKLY]
    assert frequency_choices(one) == {}


@pytest.mark.parametrize(
    ("frequency", "due"),
    [
        (EACH, "Wednesday 8 February 2023 at 18:00"),
        (WEEKLY, "Sunday 12 February 2023 at 09:30"),
    ],
)
def test_the_next_edition_is_that_of_the_chosen_series(
    paper: NewsletterDetails, frequency: Frequency, due: str
) -> None:
    wednesday = datetime(2023, 2, 8, 12, tzinfo=UTC)

    assert describe_next_edition(paper, frequency, after=wednesday) == due


def test_a_manual_newsletter_promises_no_date(begin: Begin, clock: FakeClock) -> None:
    manual = a_paper(begin, clock, days=(), times=(), daily_at=None, weekly_at=None)

    assert describe_next_edition(manual, EACH, after=clock()) == ""
    assert describe_next_edition(manual, WEEKLY, after=clock()) == ""


def test_many_times_are_not_listed() -> None:
    """Two hundred times would fill the page."""
    hours = tuple(time(hour) for hour in range(7, 12))

    often = describe_schedule(Recurrence(days=EVERY_DAY, times=hours), "en")
    assert often == "every day, several times a day"
    assert describe_schedule(Recurrence(times=hours), "en") == ""
