"""What operators write about a newsletter in options, read as its draft wants it."""

from datetime import date, time, timedelta

from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import schedule
from service.newsletters.draft import WEEKDAYS, SectionDraft
from service.newsletters.recurrence import is_month_day

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


def parse_month_days(texts: list[str]) -> tuple[str, ...]:
    """Read `15,-1`, `1mon,last-fri` as days of the month of RFC 5545; raise Invalid.

    An empty text is none: `--monthly ''` ends them.
    """
    named = (each.strip().lower() for text in texts for each in text.split(","))
    return tuple(_month_day(each) for each in named if each)


def _month_day(text: str) -> str:
    written = text.replace("last-", "-1").replace("last", "-1")
    if written.endswith(WEEKDAYS):
        # RFC 5545 has the first two letters: 1MO.
        written = written[:-1]
    if not is_month_day(written.upper()):
        raise Invalid(translatable("newsletter.draft.month_days"))
    return written.upper()


def parse_date(text: str) -> date:
    """Read `2023-02-08`; raise Invalid."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(f"“{text}” is not a date: write it like 2023-02-08.") from None


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
