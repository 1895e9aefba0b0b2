"""The form's fields on how often readers get a newsletter, and what they lead to."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from service.newsletters.frequency import Frequency
from service.web.console.frequency_fields import parse_default, parse_series, runs_by_series
from service.web.console.newsletter_form import NewsletterForm
from service.web.console.schedule_picker import ScheduleChoice, ScheduleInputError
from tests.builders import a_draft

WEEK = ScheduleChoice(days=(1, 2), times=(time(7), time(12)))
NOTHING = ScheduleChoice(days=(), times=())


def test_digests_are_read_beside_the_schedule() -> None:
    fields = NewsletterForm(daily_at="18h", weekly_at="9:30", weekly_on="7")

    series = parse_series(fields, WEEK)

    assert (series.days, series.times) == ((1, 2), (time(7), time(12)))
    assert (series.daily_at, series.weekly_at, series.weekly_on) == (time(18), time(9, 30), 7)


def test_empty_times_offer_no_digest() -> None:
    series = parse_series(NewsletterForm(weekly_on=""), WEEK)

    assert (series.daily_at, series.weekly_at, series.weekly_on) == (None, None, 1)


@pytest.mark.parametrize(
    ("field", "text"), [("daily_at", "evening"), ("weekly_at", "25:00"), ("weekly_on", "8")]
)
def test_what_is_not_understood_is_named(field: str, text: str) -> None:
    """The message stands beside the field that is wrong."""
    with pytest.raises(ScheduleInputError) as refused:
        parse_series(NewsletterForm.model_validate({field: text}), WEEK)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "table", "default"),
    [
        ("", WEEK, Frequency.EACH),
        ("daily", WEEK, Frequency.DAILY),
        # Nothing else is offered, so that there is nothing to choose.
        ("each", NOTHING, Frequency.DAILY),
    ],
)
def test_the_default_is_what_was_chosen(
    text: str, table: ScheduleChoice, default: Frequency
) -> None:
    fields = NewsletterForm(daily_at="18:00", default_frequency=text)

    assert parse_default(fields, parse_series(fields, table)) is default


def test_a_default_that_does_not_exist_is_refused() -> None:
    fields = NewsletterForm(default_frequency="hourly")

    with pytest.raises(ScheduleInputError) as refused:
        parse_default(fields, parse_series(fields, WEEK))

    assert refused.value.field == "default_frequency"


def test_each_series_shows_its_own_runs() -> None:
    """Two runs of a weekly digest say as much as five of each edition."""
    paper = a_draft(days=(1, 2), times=(time(7),), weekly_at=time(9), weekly_on=7)
    wednesday = datetime(2023, 2, 8, 12, tzinfo=UTC)

    each, weekly = runs_by_series(paper, ZoneInfo("Europe/Paris"), after=wednesday)

    assert (each.frequency, len(each.runs)) == (Frequency.EACH, 5)
    assert [str(run.slot) for run in weekly.runs] == ["2023-02-12 09:00", "2023-02-19 09:00"]
    assert runs_by_series(a_draft(), ZoneInfo("Europe/Paris"), after=wednesday) == []
