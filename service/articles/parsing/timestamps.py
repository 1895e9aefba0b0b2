"""Pure: parse dates and times as sites print them in their languages."""

import re
import unicodedata
from datetime import MAXYEAR, UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

_MONTHS = {
    1: "janvier janv jan january janeiro enero ene januar jänner gennaio gen januari يناير جانفي",
    2: "février fevrier févr fevr fév fev february feb fevereiro febrero"
    " februar febbraio februari فبراير فيفري شباط",
    3: "mars march mar março marco marzo märz marz maart mär mrz مارس آذار اذار",
    4: "avril avr april apr abril abr aprile أبريل ابريل إبريل أفريل نيسان",
    5: "mai may maio mayo maggio mag mei مايو ماي أيار ايار",
    6: "juin june jun junho junio juni giugno giu يونيو يونيه جوان حزيران",
    7: "juillet juill juil july jul julho julio juli luglio lug يوليو يوليوز يوليه جويلية تموز",
    8: "août aout aoû aou august aug agosto ago augustus أغسطس اغسطس غشت أوت آب",
    9: "septembre sept september sep setembro set septiembre settembre سبتمبر شتنبر أيلول ايلول",
    10: "octobre october oct outubro out octubre oktober ottobre ott okt أكتوبر اكتوبر",
    11: "novembre november nov novembro noviembre نوفمبر نونبر",
    12: "décembre decembre déc dec december dezembro dez diciembre dic"
    " dezember dicembre ديسمبر دجنبر",
}
_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}
_MONTH = "|".join(sorted(_NUMBER, key=len, reverse=True))
_WEEKDAY = (
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim"
    r"|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|sábado|domingo|seg|ter|qua|qui|sex|sáb|dom"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|mon|tues?|wed|thurs?|thu|fri|sat|sun)\.?,?\s+(?:le\s+)?)?"
)
# Minutes east of Greenwich. Where two places use one name, it is the one that writes feeds so:
# the American names are those of RFC 822, IST is India's.
_MINUTES_EAST = {
    name: minutes
    for minutes, names in {
        0: "GMT UTC UT Z WET",
        60: "WAT CET MET MEZ BST WEST",
        120: "CAT SAST EET CEST MEST MESZ WAST",
        180: "EAT MSK TRT EEST IDT",
        210: "IRST",
        240: "GST MUT RET SCT",
        300: "PKT",
        330: "IST",
        420: "ICT WIB",
        480: "HKT SGT AWST",
        540: "JST KST",
        600: "AEST",
        660: "AEDT",
        720: "NZST",
        780: "NZDT",
        -60: "CVT",
        -150: "NDT",
        -180: "BRT ART ADT HAA",
        -210: "NST",
        -240: "AST EDT HAE HNA",
        -300: "EST CDT HNE HAC",
        -360: "CST MDT HNC HAR",
        -420: "MST PDT HNR HAP",
        -480: "PST HNP",
        -600: "HST",
    }.items()
    for name in names.split()
}
_SPEAKING = "|".join(sorted(set(_MINUTES_EAST) - {"Z"}, key=len, reverse=True))
_SHIFT = r"\s?[+\-−]\s?\d{1,2}(?::?[0-5]\d)?(?!\d)"
# The old names in any letters; of the others some are words ("est", "met") unless in capitals.
_ZONE = (
    rf"(?:\s*\(?(?P<zone>GMT|UTC|T\.?U\b|WAT|CAT|EAT|CEST|CET|BST|(?-i:{_SPEAKING})\b)"
    rf"(?P<shift>{_SHIFT})?\)?|\s?(?P<offset>[+-]\d{{2}}:?[0-5]\d)(?!\d))?"
)
# At the end of a date in feeds: "CET", "(GMT+1)", "UTC +01:00".
_LAST_ZONE = re.compile(
    rf"(?P<known>[+-]\d{{2}}:?\d{{2}}\s*)?[\s(]\(?(?:(?P<zone>{_SPEAKING}|T\.?U\.?)(?P<shift>{_SHIFT})?"
    r"|(?P<place>[A-Z][A-Za-z]+/[A-Za-z_/+\-0-9]{2,40}))\)?$"
)
_TIME = (
    r"(?:(?:\s|,|[-–—|·•@]|\b(?:à|a|at|às|las|vers)\b)*"
    r"(?:(?P<noon>midi|noon)\b|(?<!\d)(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?(?:h|hrs?|heures?|:)(?:\s?(?P<minute>[0-5]\d)(?!\d)(?::[0-5]\d(?!\d))?)?(?!(?!mi?n\b)[a-zà-ÿ])"
    r"|(?:[.:](?P<minute2>[0-5]\d))?(?=\s?[ap]\.?m\b))"
    r"(?:\s?(?:mi?n|m)\b)?(?:\s?(?P<half>[ap])\.?m\b\.?)?)" + _ZONE + ")?"
)
_ISO = (
    r"(?P<iso>(?<!\d)\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z\b|[+-]\d{2}(?::?\d{2})?)?)?)(?!\d)"
)
_WRITTEN = (
    rf"(?<!\w){_WEEKDAY}(?:"
    rf"(?<!\d)(?P<day>\d{{1,2}})\s?(?:er|ᵉʳ|st|nd|rd|th)?\.?\s+(?:(?:of|de)\s+)?(?P<month>{_MONTH})\b(?:/\w{{2,12}})?\.?,?"
    r"\s+(?:de\s+)?(?P<year>\d{4})(?!\d)"
    rf"|(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>\d{{4}})(?!\d)"
    r"|(?<![\d/.])(?P<day3>\d{1,2})\s?(?P<mark>[/.\-])\s?(?P<month3>\d{1,2})\s?(?P=mark)\s?"
    r"(?P<year3>\d{4}|\d{2})(?![\d/]))"
)
TIMESTAMP = re.compile(f"(?:{_ISO}|{_WRITTEN}{_TIME})", re.IGNORECASE)
# A date without a year is neither a usable date nor text.
YEARLESS_DATE = re.compile(
    rf"{_WEEKDAY}\d{{1,2}}\s?(?:er|st|nd|rd|th)?\s(?:{_MONTH})\b\.?{_TIME}",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_EXPLAINED = re.compile(r"([+-]\d{2}:?\d{2}) \([^()]*\)$")
_YEAR_LAST = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?) ([A-Z]{2,5}|[+-]\d{4}) (\d{4})$")
_HALVES = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
_COLON = re.compile(r"([+-]\d{2}):(\d{2})$")
_COMPACT = re.compile(r"\d{8}T\d{4,6}(?:Z|[+-]\d{2,4})?")
_SECONDS = re.compile(r"(?:/Date\()?(\d{9,10})(?:\d{3})?(?:[+-]\d{4})?(?:\)/)?")
_RUN_OF_DIGITS = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)\d\d)?")
_HYPHENS = re.compile(r"(?<!\d)(\d{1,2})-([^\W\d_]{3,9})-(\d{4})(?!\d)")
_YEAR_NOUGHT = re.compile(r"(?<![\d+:])(?!0000 \()0{2,3}\d{1,2}(?=[-/ ])")
_LONGEST = 200
# What databases and programs write for "no date"; a day around each, because of the zones.
_NO_DAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(1899, 12, 30, tzinfo=UTC))
_FIRST_YEAR = 1600

_LAST_MONTH = 12
# A smaller year has lost its century.
_FIRST_FULL_YEAR = 100
_NOON = 12
# An hour that some sites write for the end of the day.
_MIDNIGHT_AFTER = 24
_HOUR_DIGITS = 2


def find_timestamp(text: str, *, zone: tzinfo) -> datetime | None:
    """Return the first timestamp in `text`, in `zone`; a bare date is that day's midnight."""
    found = TIMESTAMP.search(text)
    return None if found is None else timestamp_from_match(found, zone=zone)


def parse_timestamp(told: str, *, zone: tzinfo) -> datetime | None:
    """Parse a date as feeds write them: RFC 822, RFC 3339, or as a person would write it.

    A zone may be an offset, a name ("CET", "WAT"), a name with an offset ("GMT+1") or a place
    ("Africa/Abidjan"); without one, the date is in `zone`. Returns None for what is no date, and
    for placeholders: the year 1, 1 January 1970.
    """
    text = " ".join(unicodedata.normalize("NFC", told[:_LONGEST]).split())
    if not text or _YEAR_NOUGHT.search(text):
        return None
    run = _RUN_OF_DIGITS.fullmatch(text)
    if run:
        text = f"{run[1]}-{run[2]}-{run[3]}" + (f"T{run[4]}:{run[5]}" if run[4] else "")
    seconds = _SECONDS.fullmatch(text)
    if seconds:
        return drop_implausible(in_zone(datetime.fromtimestamp(int(seconds[1]), UTC), zone=zone))
    if _COMPACT.fullmatch(text):
        return _from_iso(text, zone=zone)
    bare, meant = _without_zone(_in_order(text))
    # An email's clock has 24 hours, and its parser drops what follows them: "10:10 PM".
    mail = None if _HALVES.search(bare) else _from_mail(bare, zone=meant or zone)
    moment = mail or find_timestamp(_YEAR_FIRST.sub(_day_last, bare), zone=meant or zone)
    return None if moment is None else drop_implausible(in_zone(moment, zone=zone))


def _in_order(text: str) -> str:
    """Reorder dates of programs ("02:39:00 CET 2023", "GMT+0100 (heure …)") like an email's."""
    text = _HYPHENS.sub(r"\1 \2 \3", _EXPLAINED.sub(r"\1", text))
    text = _YEAR_LAST.sub(r"\1 \3 \2", text)
    return _COLON.sub(r"\1\2", text)


def _from_mail(text: str, *, zone: tzinfo) -> datetime | None:
    try:
        return drop_implausible(in_zone(parsedate_to_datetime(text), zone=zone))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _day_last(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[3]):02}-{int(found[4]):02}"


def _without_zone(text: str) -> tuple[str, tzinfo | None]:
    """Split a date from the zone that is named at its end."""
    found = _LAST_ZONE.search(text)
    if found is None:
        return text, None
    if found["known"]:
        # "+0100 (CET)": the number is exact.
        return text[: found.start()] + found["known"].strip(), None
    bare = text[: found.start()].rstrip(" (,")
    if not found["place"]:
        return bare, _named_zone(found["zone"], found["shift"])
    try:
        return bare, ZoneInfo(found["place"])
    except (KeyError, ValueError, OSError):
        return bare, None


def timestamp_from_match(found: re.Match[str], *, zone: tzinfo) -> datetime | None:
    """Turn a match of `TIMESTAMP` into an instant; None for a 31 February."""
    if found["iso"]:
        return drop_implausible(_from_iso(found["iso"], zone=zone))
    day, month, year = _calendar(found)
    try:
        local = datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None
    return drop_implausible(_at_clock(local, found, zone=zone))


def drop_implausible(moment: datetime | None) -> datetime | None:
    """Return the time, or None if it is implausible.

    That is before there were newspapers, at the end of the calendar (where converting between zones
    overflows), and on the days from which programs count.
    """
    if moment is None or not _FIRST_YEAR <= moment.year < MAXYEAR:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if any(abs(aware - day) < timedelta(hours=26) for day in _NO_DAYS):
        return None
    return moment


def in_zone(moment: datetime, *, zone: tzinfo) -> datetime:
    """Return the same time in `zone`; a time without an offset is in that zone already."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.astimezone(zone) if 1 < aware.year < MAXYEAR else aware


def _from_iso(text: str, *, zone: tzinfo) -> datetime | None:
    try:
        return in_zone(datetime.fromisoformat(text.replace(",", ".").replace(" Z", "Z")), zone=zone)
    except ValueError:
        # fromisoformat is strict about the digits of a fraction and about a space before +01:00.
        found = re.match(r"(\d{4})-(\d{2})-(\d{2})", text)
        if found is None:
            return None
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
    if month > _LAST_MONTH >= day:
        # An American date; if both readings are possible the day comes first.
        day, month = month, day
    return day, month, year + 2000 if year < _FIRST_FULL_YEAR else year


def _at_clock(local: datetime, found: re.Match[str], *, zone: tzinfo) -> datetime | None:
    if found["hour"] is None and found["noon"] is None:
        return local
    hour, minute = int(found["hour"] or 12), int(found["minute"] or found["minute2"] or 0)
    if found["half"] and hour <= _NOON:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    if hour == _MIDNIGHT_AFTER:
        local, hour = (local if local.year >= MAXYEAR - 1 else local + timedelta(days=1)), 0
    told = local.replace(hour=hour, minute=minute)
    if found["offset"]:
        return in_zone(told.replace(tzinfo=_shifted(0, found["offset"])), zone=zone)
    if not found["zone"]:
        return told
    return in_zone(told.replace(tzinfo=_named_zone(found["zone"], found["shift"])), zone=zone)


def _named_zone(name: str, shift: str | None) -> tzinfo:
    return _shifted(_MINUTES_EAST.get(name.upper(), 0), shift)


def _shifted(minutes: int, shift: str | None) -> tzinfo:
    """Return the zone `minutes` plus a shift such as +1 or -03:30 east of Greenwich."""
    told = (shift or "").replace(" ", "").replace("−", "-")
    digits = told[1:].replace(":", "")
    hours, rest = (digits[:-2], digits[-2:]) if len(digits) > _HOUR_DIGITS else (digits, "")
    more = int(hours or 0) * 60 + int(rest or 0)
    total = minutes + (-more if told.startswith("-") else more)
    return timezone(timedelta(minutes=total)) if abs(total) < 24 * 60 else UTC
