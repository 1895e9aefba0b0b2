"""Pure: read the holidays of an iCalendar file (RFC 5545), which may be damaged or hostile.

Read are the dates and the title of each event. An event that repeats is not unfolded, and one that
cannot be read is left out: both are counted, so that an operator looks. Nothing in the file is
followed, neither addresses nor time zones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from service.newsletters.holidays import Holiday

MAX_BYTES = 1_000_000
MAX_EVENTS = 1_000
_MAX_LABEL = 100
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DATE = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayCalendar:
    """The holidays of a file, and how many events were left out: they repeat, or are broken."""

    holidays: tuple[Holiday, ...]
    repeating: int
    broken: int


class CalendarError(ValueError):
    """A file is no calendar, or is too large."""


def parse_calendar(content: bytes) -> HolidayCalendar:
    """Return the holidays of an iCalendar file; cancelled events are none.

    Raises:
        CalendarError: it is no iCalendar file, or has more than 1 MB or 1,000 events.
    """
    if len(content) > MAX_BYTES:
        raise CalendarError
    lines = list(_unfolded(content.decode("utf-8-sig", errors="replace")))
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise CalendarError
    holidays: list[Holiday] = []
    repeating = broken = 0
    for number, event in enumerate(_events(lines)):
        if number >= MAX_EVENTS:
            raise CalendarError
        if event.get("STATUS", "").upper() == "CANCELLED":
            continue
        if "RRULE" in event or "RDATE" in event:
            repeating += 1
            continue
        holiday = _holiday(event)
        if holiday is None:
            broken += 1
        else:
            holidays.append(holiday)
    return HolidayCalendar(holidays=tuple(holidays), repeating=repeating, broken=broken)


def _unfolded(text: str) -> Iterator[str]:
    """Join lines that are folded: a line that begins with a space continues the last one."""
    parts: list[str] = []
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield "".join(parts)
        parts = [line]
    if parts:
        yield "".join(parts)


def _events(lines: list[str]) -> Iterator[dict[str, str]]:
    """Yield each event's properties, without parameters; the first of each name counts."""
    event: dict[str, str] | None = None
    # What is inside an event, such as an alarm, has properties of the same names.
    inner = 0
    for line in lines:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            event, inner = {}, 0
        elif name == "END" and value.strip().upper() == "VEVENT":
            if event is not None:
                yield event
            event = None
        elif name in {"BEGIN", "END"}:
            inner += 1 if name == "BEGIN" else -1
        elif event is not None and inner <= 0:
            event.setdefault(name, value)


def _holiday(event: dict[str, str]) -> Holiday | None:
    first, after = _date(event.get("DTSTART", "")), _date(event.get("DTEND", ""))
    if first is None or ("DTEND" in event and after is None):
        return None
    last = first
    if after is not None and after > first:
        # The end of whole days is the first day after them; a time of day is on the last one.
        is_time = "T" in event["DTEND"].upper() and not event["DTEND"].strip().endswith("T000000")
        last = after if is_time else after - timedelta(days=1)
    return Holiday(first_on=first, last_on=last, label=_label(event.get("SUMMARY", "")))


def _date(text: str) -> date | None:
    digits = text.strip()[:8]
    if not _DATE.fullmatch(digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _label(text: str) -> str:
    plain = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], text)
    printable = "".join(sign if sign.isprintable() else " " for sign in plain)
    return " ".join(printable.split())[:_MAX_LABEL]
