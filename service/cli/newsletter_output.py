"""How commands show a newsletter: a table for people, JSON for scripts."""

from dataclasses import asdict
from datetime import time

from service.cli.output import print_json, print_table
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.draft import WEEKDAYS
from service.newsletters.frequency import (
    Frequency,
    SeriesSchedule,
    offered_frequencies,
    series_of,
)

_SHOWN_TIMES = 4
_LABELS = {
    Frequency.EACH: "",
    Frequency.DAILY: "daily digest: ",
    Frequency.WEEKLY: "weekly digest: ",
}
# The schedules' sentence says these.
_TOLD_TOGETHER = frozenset(
    {"days", "times", "sections", "daily_at", "weekly_at", "weekly_on", "frequencies", "month_days"}
)


def present_newsletter(newsletter: NewsletterDetails, *, json: bool) -> None:
    """Print one newsletter."""
    if json:
        print_json(newsletter_json(newsletter))
        return
    print_table(
        [newsletter.slug, newsletter.name],
        [
            *(
                (key, value)
                for key, value in newsletter_json(newsletter).items()
                if key not in _TOLD_TOGETHER and value
            ),
            ("sections", ", ".join(section.name for section in newsletter.current_sections)),
        ],
    )


def newsletter_json(newsletter: NewsletterDetails) -> dict[str, object]:
    """Return a newsletter for scripts: days and frequencies by name, times as 07:00."""
    draft = asdict(catalogue.draft_of(newsletter))
    draft["days"] = [WEEKDAYS[day - 1] for day in newsletter.days]
    draft["times"] = [f"{at:%H:%M}" for at in newsletter.times]
    draft["daily_at"] = _clock(newsletter.daily_at)
    draft["weekly_at"] = _clock(newsletter.weekly_at)
    draft["quiet_from"] = _clock(newsletter.quiet_from)
    draft["quiet_to"] = _clock(newsletter.quiet_to)
    draft["weekly_on"] = WEEKDAYS[newsletter.weekly_on - 1]
    draft["frequencies"] = list(offered_frequencies(newsletter))
    draft["sections"] = [
        {"slug": each.slug, "name": each.name, "aliases": each.aliases}
        for each in newsletter.current_sections
    ]
    draft["when"] = describe_schedules(newsletter)
    return draft


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"


def describe_schedules(newsletter: NewsletterDetails) -> str:
    """Return when each series has its slots: `daily 07:00; weekly digest: sun 09:00 UTC`."""
    series = [each for each in series_of(newsletter) if each.times]
    if not series:
        return "manually"
    parts = [f"{_LABELS[each.frequency]}{_days(each)} {_times(each)}" for each in series]
    return f"{'; '.join(parts)} {newsletter.time_zone}"


def _days(series: SeriesSchedule) -> str:
    recurrence = series.recurrence
    if len(series.days) == len(WEEKDAYS):
        parts = ["daily"]
    else:
        parts = [WEEKDAYS[day - 1] for day in series.days]
    if recurrence.fortnight_from is not None:
        parts = [f"{','.join(parts)} every two weeks from {recurrence.fortnight_from}"]
    if recurrence.month_days:
        parts.append(f"monthly {','.join(recurrence.month_days)}")
    return ",".join(parts)


def _times(series: SeriesSchedule) -> str:
    times = [f"{at:%H:%M}" for at in series.times]
    rest = f" … ({len(times)} times)" if len(times) > _SHOWN_TIMES else ""
    return ", ".join(times[:_SHOWN_TIMES]) + rest
