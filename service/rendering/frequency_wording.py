"""How often a reader gets a newsletter, in words: `once a week, on Sunday at 09:00`."""

from datetime import datetime

from service.kit.locales import ALL_WEEK, rules_for
from service.kit.time_zones import is_known_zone, load_zone
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, SeriesSchedule, series_of
from service.newsletters.holidays import NO_HOLIDAYS, Holidays
from service.newsletters.recurrence import Recurrence
from service.newsletters.upcoming import slots_of_series
from service.rendering.days_wording import describe_days
from service.rendering.locale_format import (
    format_long_date,
    format_time,
    format_weekdays,
    join_names,
)
from service.rendering.message_wording import load_wording

MAX_LISTED_TIMES = 4


def describe_schedule(recurrence: Recurrence, locale: str) -> str:
    """Return `du lundi au vendredi à 7 h`. Empty without a schedule."""
    if recurrence.is_empty:
        return ""
    t = load_wording().translator(locale)
    times = recurrence.times
    when = describe_days(recurrence, locale)
    if len(times) > MAX_LISTED_TIMES:
        return t("rhythm.often", days=when)
    return t(
        "rhythm.at",
        days=when,
        times=join_names([format_time(at, locale) for at in sorted(times)], locale),
    )


def describe_next_edition(
    newsletter: NewsletterDetails,
    frequency: Frequency,
    *,
    after: datetime,
    but: Holidays = NO_HOLIDAYS,
) -> str:
    """Return `dimanche 12 février 2023 à 9 h`: the next slot of a series.

    The time is that of the newsletter's clock. Empty without a schedule.
    """
    series = _series(newsletter, frequency)
    if series is None or not is_known_zone(newsletter.time_zone):
        return ""
    zone = load_zone(newsletter.time_zone)
    for slot in slots_of_series(series, zone, after=after, count=1, but=but):
        t = load_wording().translator(newsletter.locale)
        return t(
            "rhythm.next",
            day=format_long_date(slot.local_date, newsletter.locale),
            time=format_time(slot.local_time, newsletter.locale),
        )
    return ""


def frequency_choices(
    newsletter: NewsletterDetails, *, locale: str | None = None
) -> dict[Frequency, str]:
    """Return what readers choose among, in words; empty where there is no choice.

    Such as `chaque édition, du lundi au vendredi à 7 h`, in the newsletter's language if no other.
    """
    offered = series_of(newsletter)
    if len(offered) == 1:
        return {}
    return {each.frequency: _describe(each, locale or newsletter.locale) for each in offered}


def _series(newsletter: NewsletterDetails, frequency: Frequency) -> SeriesSchedule | None:
    found = (each for each in series_of(newsletter) if each.frequency is frequency and each.times)
    return next(found, None)


def _describe(series: SeriesSchedule, locale: str) -> str:
    t = load_wording().translator(locale)
    at = format_time(series.times[0], locale)
    match series.frequency:
        case Frequency.EACH:
            rhythm = describe_schedule(series.recurrence, locale)
            return t("frequency.each", rhythm=rhythm)
        case Frequency.DAILY if list(series.days) == ALL_WEEK:
            return t("frequency.daily", time=at)
        case Frequency.DAILY:
            return t("frequency.daily_on", days=format_weekdays(series.days, locale), time=at)
        case Frequency.WEEKLY:
            day = rules_for(locale).write_weekday(series.days[0])
            return t("frequency.weekly", day=day, time=at)
