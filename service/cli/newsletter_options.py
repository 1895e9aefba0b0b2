"""What operators write about a newsletter in options, read as its draft wants it."""

from datetime import time, timedelta

from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import schedule
from service.newsletters.draft import WEEKDAYS, SectionDraft

_MINUTES_OF_A_DAY = 24 * 60
_LONG_WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


def parse_days(text: str) -> tuple[int, ...]:
    """Read `mon,tue`, `daily` or `weekdays` as ISO weekdays; raise Invalid."""
    words = {"daily": ",".join(WEEKDAYS), "weekdays": ",".join(WEEKDAYS[:5])}
    names = words.get(text.strip().lower(), text).replace(" ", "").lower().split(",")
    try:
        return tuple(sorted({WEEKDAYS.index(name) + 1 for name in names if name}))
    except ValueError:
        raise Invalid("Days are mon, tue, wed, thu, fri, sat, sun, or daily, weekdays.") from None


def parse_time(text: str) -> time:
    """Read `07:00`; raise Invalid."""
    try:
        return time.fromisoformat(text.strip()).replace(microsecond=0, tzinfo=None)
    except ValueError:
        raise Invalid(f"“{text}” is not a time of day: write it like 07:00.") from None


def parse_digest_time(text: str) -> time | None:
    """Read when a digest is sent; an empty text turns it off. Raise Invalid."""
    return parse_time(text) if text.strip() else None


def parse_weekday(text: str) -> int:
    """Read `sun` or `sunday` as an ISO weekday; raise Invalid."""
    name = text.strip().lower()
    if name not in (*WEEKDAYS, *_LONG_WEEKDAYS):
        raise Invalid(translatable("newsletter.draft.weekly_on"))
    return WEEKDAYS.index(name[:3]) + 1


def parse_hours(number: float) -> timedelta:
    """Read how long news is valid; raise Invalid for hours that cannot be counted, such as nan."""
    try:
        return timedelta(hours=number)
    except (ValueError, OverflowError):
        raise Invalid(translatable("newsletter.draft.valid_for")) from None


def parse_horizon(days: int) -> timedelta:
    """Read for how many days articles are news; raise Invalid for more than can be counted."""
    try:
        return timedelta(days=days)
    except OverflowError:
        raise Invalid(translatable("newsletter.draft.horizon")) from None


def parse_sender(text: str) -> tuple[str, str]:
    """Split `Le Matin <matin@example.org>` into name and address; the draft checks both."""
    name, opened, rest = text.strip().rpartition("<")
    return (name.strip().strip('"'), rest.rstrip("> ")) if opened else ("", text.strip())


def parse_times(at: list[str], every: int | None) -> tuple[time, ...]:
    """Read `--at` texts, empty ones left out, or times every so many minutes; raise Invalid."""
    if every is None:
        named = (each for text in at for each in text.split(","))
        return tuple(parse_time(each) for each in named if each.strip())
    if not 1 <= every <= _MINUTES_OF_A_DAY:
        raise Invalid(f"--every takes a number of minutes from 1 to {_MINUTES_OF_A_DAY}.")
    return tuple(schedule.times_every(every))


def parse_section(text: str) -> SectionDraft:
    """Parse `Économie=eco,business`: a name, then aliases after an equals sign."""
    name, _, aliases = text.partition("=")
    return SectionDraft(
        name=name.strip(), aliases=tuple(filter(None, map(str.strip, aliases.split(","))))
    )
