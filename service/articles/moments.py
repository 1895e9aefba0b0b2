"""Pure: dates and times as French and English sites print them become aware instants."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

_MONTHS = {
    1: "janvier janv jan january",
    2: "février fevrier févr fevr fév fev february feb",
    3: "mars march mar",
    4: "avril avr april apr",
    5: "mai may",
    6: "juin june jun",
    7: "juillet juil july jul",
    8: "août aout august aug",
    9: "septembre sept september sep",
    10: "octobre october oct",
    11: "novembre november nov",
    12: "décembre decembre déc dec december",
}
_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}
_MONTH = "|".join(sorted(_NUMBER, key=len, reverse=True))
_WEEKDAY = (
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|mon|tues?|wed|thurs?|thu|fri|sat|sun)\.?,?\s+(?:le\s+)?)?"
)
_ZONE = (
    r"(?:\s*\(?(?P<zone>GMT|UTC|T\.?U\b|WAT|CAT|EAT|CEST|CET|BST)(?P<shift>\s?[+-]\s?\d{1,2})?\)?)?"
)
_TIME = (
    r"(?:(?:\s|,|[-–—|·•@]|\b(?:à|a|at|vers)\b)*"
    r"(?<!\d)(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?(?:h|hrs?|heures?|:)(?:\s?(?P<minute>[0-5]\d)(?!\d)(?::[0-5]\d(?!\d))?)?(?![a-zà-ÿ])"
    r"|(?:[.:](?P<minute2>[0-5]\d))?(?=\s?[ap]\.?m\b))"
    r"(?:\s?mn?\b)?(?:\s?(?P<half>[ap])\.?m\b\.?)?" + _ZONE + ")?"
)
_ISO = (
    r"(?P<iso>(?<!\d)\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z\b|[+-]\d{2}:?\d{2})?)?)(?!\d)"
)
_WRITTEN = (
    rf"(?<!\w){_WEEKDAY}(?:"
    rf"(?<!\d)(?P<day>\d{{1,2}})\s?(?:er|ᵉʳ|st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?,?"
    r"\s+(?P<year>\d{4})(?!\d)"
    rf"|(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>\d{{4}})(?!\d)"
    r"|(?<![\d/.])(?P<day3>\d{1,2})\s?(?P<mark>[/.\-])\s?(?P<month3>\d{1,2})\s?(?P=mark)\s?"
    r"(?P<year3>\d{4}|\d{2})(?![\d/]))"
)
MOMENT = re.compile(f"(?:{_ISO}|{_WRITTEN}{_TIME})", re.IGNORECASE)
_HOURS_EAST = {"WAT": 1, "CAT": 2, "EAT": 3, "CET": 1, "CEST": 2, "BST": 1}


def read_moment(text: str, *, zone: tzinfo) -> datetime | None:
    """Return the first moment named in `text`, in `zone`; a bare date is that day's midnight."""
    found = MOMENT.search(text)
    return None if found is None else moment_of(found, zone=zone)


def read_date(told: str, *, zone: tzinfo) -> datetime | None:
    """Read a date as feeds write them: RFC 822, ISO 8601, or however a person would."""
    try:
        return storable(place(parsedate_to_datetime(told), zone=zone))
    except (ValueError, TypeError, IndexError, OverflowError):
        return read_moment(told, zone=zone)


def moment_of(found: re.Match[str], *, zone: tzinfo) -> datetime | None:
    """Turn a match of `MOMENT` into an instant; None for a 31 February."""
    if found["iso"]:
        return storable(_from_iso(found["iso"], zone=zone))
    day, month, year = _calendar(found)
    try:
        local = datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None
    return storable(_at_clock(local, found, zone=zone))


def storable(moment: datetime | None) -> datetime | None:
    """Return the moment unless it lies at the very ends of the calendar.

    There, going from one zone to another overflows.
    """
    return moment if moment is not None and 1 < moment.year < 9999 else None


def place(moment: datetime, *, zone: tzinfo) -> datetime:
    """Return the same instant in `zone`; a time without offset is meant there."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.astimezone(zone) if storable(aware) else aware


def _from_iso(text: str, *, zone: tzinfo) -> datetime | None:
    try:
        return place(datetime.fromisoformat(text.replace(",", ".").replace(" Z", "Z")), zone=zone)
    except ValueError:
        # fromisoformat is strict about the digits of a fraction and about a space before +01:00.
        found = re.match(r"(\d{4})-(\d{2})-(\d{2})", text)
        assert found is not None
        try:
            return datetime(*(int(part) for part in found.groups()), tzinfo=zone)  # type: ignore[misc,arg-type]  # exactly three groups
        except ValueError:
            return None


def _calendar(found: re.Match[str]) -> tuple[int, int, int]:
    if found["month"]:
        return int(found["day"]), _NUMBER[found["month"].lower()], int(found["year"])
    if found["month2"]:
        return int(found["day2"]), _NUMBER[found["month2"].lower()], int(found["year2"])
    day, month, year = int(found["day3"]), int(found["month3"]), int(found["year3"])
    if month > 12 >= day:
        # An American date; where both readings are possible the day comes first.
        day, month = month, day
    return day, month, year + 2000 if year < 100 else year


def _at_clock(local: datetime, found: re.Match[str], *, zone: tzinfo) -> datetime | None:
    if found["hour"] is None:
        return local
    hour, minute = int(found["hour"]), int(found["minute"] or found["minute2"] or 0)
    if found["half"] and hour <= 12:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    if hour == 24:
        local, hour = (local if local.year >= 9998 else local + timedelta(days=1)), 0
    told = local.replace(hour=hour, minute=minute)
    if not found["zone"]:
        return told
    return place(told.replace(tzinfo=_named_zone(found["zone"], found["shift"])), zone=zone)


def _named_zone(name: str, shift: str | None) -> tzinfo:
    hours = _HOURS_EAST.get(name.upper(), 0) + int((shift or "0").replace(" ", ""))
    return timezone(timedelta(hours=hours)) if -24 < hours < 24 else UTC
