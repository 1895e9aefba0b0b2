"""A year of newsletters, made up from a seed: schedules, policies, limits, articles, readers."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from service.newsletters.draft import NewsletterDraft, SectionDraft
from service.newsletters.frequency import Frequency
from service.newsletters.limits import ThinEditions
from service.newsletters.missed_slots import MissedSlots
from tests.faults.year.unread import Limits

ZONES = (
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Europe/Paris",
    "Africa/Abidjan",
    "Asia/Beirut",
    "America/Asuncion",
    "Africa/Casablanca",
    "America/Havana",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Pacific/Chatham",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Europe/Lisbon",
    "Asia/Kolkata",
    "America/New_York",
    "Pacific/Auckland",
    "Africa/Johannesburg",
    "America/Cayenne",
)
"""Clocks that change at midnight and at three, by an hour and by half of one, and for Ramadan."""

LANGUAGES = ("fr", "en", "ar", "pt")
SECTIONS = tuple(f"Rubrique {number}" for number in range(10))
"""Articles are frequent in the first ones, and rare in the last ones."""
WEIGHTS = (20, 16, 12, 10, 8, 6, 4, 2, 1, 1)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WEEKDAYS = EVERY_DAY[:5]
MONTH_DAYS = (
    ("1", "15"),
    ("-1",),
    ("31",),
    ("29", "30"),
    ("1MO", "-1FR"),
    ("2TU",),
    ("4SU", "10"),
    ("-1WE", "13"),
)
NIGHT = (time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(3))
QUIET = ((time(22), time(6)), (time(0), time(7, 30)), (time(12), time(14)))


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An article that comes: when it was first seen, and when its transaction commits."""

    language: str
    section: str
    seen: datetime
    committed: datetime
    published: datetime | None
    # Too old when it was first seen, or listed at a feed's first poll.
    is_news: bool


def a_time(dice: random.Random) -> time:
    """Return a local time at which newsletters go out, a fifth of them when clocks change.

    Few times are half hours: each tick looks at all newsletters, and costs what it costs.
    """
    if dice.random() < 0.2:
        return dice.choice(NIGHT)
    return time(dice.randrange(5, 23), 30 if dice.random() < 0.05 else 0)


def a_schedule(dice: random.Random, year: int) -> dict[str, Any]:
    """Return the fields of a newsletter that say when it has slots."""
    kind = dice.choices(list(_KINDS), [weight for weight, _ in _KINDS.values()])[0]
    fields: dict[str, Any] = {
        "times": (a_time(dice),),
        "weekly_on": dice.choice(EVERY_DAY),
        **_KINDS[kind][1](dice, year),
    }
    if dice.random() < (0.5 if kind == "digests" else 0.08):
        fields["daily_at"] = a_time(dice)
    if dice.random() < 0.35:
        fields["weekly_at"] = a_time(dice)
    return fields


def _several(dice: random.Random, _year: int) -> dict[str, Any]:
    hours = sorted(dice.sample(range(5, 23, 3), dice.choice((2, 3))))
    return {"days": WEEKDAYS, "times": tuple(time(hour) for hour in hours)}


def _fortnight(dice: random.Random, year: int) -> dict[str, Any]:
    days = sorted(dice.sample(EVERY_DAY, dice.choice((1, 2))))
    return {"days": tuple(days), "fortnight_from": date(year, 1, dice.randrange(1, 15))}


def _mixed(dice: random.Random, _year: int) -> dict[str, Any]:
    return {"days": (dice.choice(EVERY_DAY),), "month_days": dice.choice(MONTH_DAYS)}


_KINDS: dict[str, tuple[int, Callable[[random.Random, int], dict[str, Any]]]] = {
    "several": (5, _several),
    "daily": (22, lambda dice, _: {"days": dice.choice((WEEKDAYS, EVERY_DAY))}),
    "weekly": (28, lambda dice, _: {"days": (dice.choice(EVERY_DAY),)}),
    "fortnight": (12, _fortnight),
    "month": (15, lambda dice, _: {"month_days": dice.choice(MONTH_DAYS)}),
    "mixed": (8, _mixed),
    "digests": (10, lambda dice, _: {"times": (), "weekly_at": a_time(dice)}),
}
"""Kinds of schedules: how frequent each is among newsletters, and what its fields are."""


def some_limits(dice: random.Random) -> dict[str, Any]:
    """Return the limits of a newsletter's editions; half of all newsletters cut nothing."""
    if dice.random() < 0.5:
        return {"articles_per_section": 50}
    return {
        "articles_per_section": dice.choice((2, 3, 5, 50)),
        "least_per_section": dice.choice((1, 1, 2)),
        "most_articles": dice.choice((None, 4, 7, 12)),
        "least_articles": dice.choice((1, 2, 3, 4)),
        "thin_editions": dice.choice(tuple(ThinEditions)),
    }


def a_draft(dice: random.Random, number: int, *, year: int) -> NewsletterDraft:
    """Return one of the newsletters."""
    schedule = a_schedule(dice, year)
    quiet_from, quiet_to = dice.choice(QUIET) if dice.random() < 0.2 else (None, None)
    sections = sorted(dice.sample(SECTIONS, dice.randrange(2, 6)))
    draft = NewsletterDraft(
        slug=f"lettre-{number}",
        name=f"Lettre {number}",
        sender_address="redaction@example.org",
        postal_address="12 rue des Jardins, Abidjan",
        sections=tuple(SectionDraft(name=name) for name in sections),
        locale=LANGUAGES[number % len(LANGUAGES)],
        time_zone=ZONES[number % len(ZONES)],
        missed_slots=dice.choice(tuple(MissedSlots)),
        late_within=dice.choice((None, timedelta(hours=3))),
        valid_for=timedelta(hours=dice.choice((24, 24, 6))),
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        at_readers_time=dice.random() < 0.15,
        default_frequency=offered(schedule)[0],
        **schedule,
        **some_limits(dice),
    )
    draft.check()
    return draft


def limits_of(draft: NewsletterDraft) -> Limits:
    """Return a newsletter's limits in the oracle's words."""
    return Limits(
        sections=len(draft.sections),
        most_per_section=draft.articles_per_section,
        least_per_section=draft.least_per_section,
        most=draft.most_articles,
        least=draft.least_articles,
        thin_waits=draft.thin_editions is ThinEditions.MERGE,
    )


def some_news(dice: random.Random, day: date, *, count: int) -> list[News]:
    """Return the articles of a day; some are dated wrongly, and some commit late."""
    found = []
    for _ in range(count):
        start = datetime.combine(day, time(), UTC)
        seen = start + timedelta(seconds=dice.randrange(86_400))
        late = timedelta(seconds=dice.randrange(540) if dice.random() < 0.05 else 0)
        published: datetime | None = seen - timedelta(minutes=dice.randrange(600))
        is_news = dice.random() > 0.02
        if not is_news:
            published = seen - timedelta(days=40)
        elif dice.random() < 0.1:
            published = dice.choice((None, seen + timedelta(hours=2)))
        found.append(
            News(
                language=dice.choice(LANGUAGES),
                section=dice.choices(SECTIONS, WEIGHTS)[0],
                seen=seen,
                committed=seen + late,
                published=published,
                is_news=is_news,
            )
        )
    return found


def offered(schedule: Mapping[str, Any]) -> tuple[Frequency, ...]:
    """Return the frequencies among which readers of a newsletter choose."""
    found = [Frequency.EACH] if schedule["times"] else []
    found += [Frequency.DAILY] if schedule.get("daily_at") is not None else []
    found += [Frequency.WEEKLY] if schedule.get("weekly_at") is not None else []
    return tuple(found)
